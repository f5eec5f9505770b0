import type { Program, RunningProgram } from './supervised.ts';

/**
 * Usual restarts are over by then (docs/explanation/restarts.md); a client that waits longer is better
 * answered.
 */
const AFTER_MS = 2_000;
/** More than it takes to drain (`process/main/stand-in.ts`). */
const STOP_MS = 2_000;

/**
 * Answers on the shared sockets while no process that should serves there. Without it clients would wait, and
 * time out, in the queue of a socket that nobody reads: the supervisor holds it, so not even a refused
 * connection tells them. The stand-in is a process of its own, because the supervisor must not be kept busy
 * by requests; it answers everything "busy", in the form of the API.
 */
export class StandIn {
  readonly #program: Program;
  readonly #now: () => number;
  readonly #say: (line: string) => void;
  #absentSince: number | undefined;
  #running: RunningProgram | undefined;

  constructor({ program, now, say }: { program: Program; now: () => number; say: (line: string) => void }) {
    this.#program = program;
    this.#now = now;
    this.#say = say;
  }

  /** To be called several times a second: whether a process serves now. */
  look(served: boolean): void {
    if (served) {
      this.#absentSince = undefined;
      this.end();
      return;
    }
    this.#absentSince ??= this.#now();
    if (this.#running !== undefined || this.#now() - this.#absentSince < AFTER_MS) return;
    this.#say('no process of the API serves: requests are answered "busy" until one does');
    const running = this.#program.start({
      spawned() {},
      ready() {},
      heard() {},
      exited: () => {
        if (this.#running !== running) return;
        this.#running = undefined;
        this.#absentSince = this.#now();
      },
    });
    this.#running = running;
  }

  end(): void {
    const running = this.#running;
    this.#running = undefined;
    running?.askToStop(STOP_MS);
  }

  kill(): void {
    this.#running?.kill();
    this.#running = undefined;
  }
}
