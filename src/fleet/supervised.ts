import { type Lifecycle, type LifecycleEvent, type LifecyclePolicy, step } from './lifecycle.ts';
import type { ReadyFacts } from './messages.ts';

/** A program that can be started again and again; what happens to it is told through `events`. */
export interface Program {
  start(events: ProgramEvents): RunningProgram;
}

export interface ProgramEvents {
  spawned(pid: number): void;
  ready(facts: ReadyFacts): void;
  heard(): void;
  /** Told once; `how` in words (`killed by SIGKILL`). */
  exited(how: string): void;
}

export interface RunningProgram {
  askToStop(withinMs: number): void;
  kill(): void;
}

export interface SupervisedOptions {
  program: Program;
  policy: LifecyclePolicy;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  /** In [0, 1). */
  random: () => number;
  /** Called after each change that people can see. */
  changed: (change: { from: Lifecycle['mode']; to: Lifecycle['mode']; how: string | undefined }) => void;
}

/** One process and its lifecycle: feeds what happens to `step` and does what it says. */
export class Supervised {
  #state: Lifecycle = { mode: 'stopped' };
  #running: RunningProgram | undefined;
  #pid: number | null = null;
  #facts: ReadyFacts | undefined;
  #lastEnd: string | undefined;
  readonly #options: SupervisedOptions;

  constructor(options: SupervisedOptions) {
    this.#options = options;
  }

  get state(): Lifecycle {
    return this.#state;
  }

  get pid(): number | null {
    return this.#pid;
  }

  /** What the process last said about itself; `undefined` until it is ready. */
  get facts(): ReadyFacts | undefined {
    return this.#facts;
  }

  /** How the process ended the last time, in words. */
  get lastEnd(): string | undefined {
    return this.#lastEnd;
  }

  start(): void {
    this.#take({ type: 'start' });
  }

  stop(withinMs: number): void {
    this.#take({ type: 'stop', withinMs });
  }

  /** Ends the process now, and for good. */
  kill(): void {
    this.#take({ type: 'stop', withinMs: 0 });
    this.#running?.kill();
  }

  tick(deafMs: number): void {
    this.#take({ type: 'tick', deafMs });
  }

  #take(event: LifecycleEvent): void {
    const { now, policy, changed } = this.#options;
    const from = this.#state.mode;
    const { state, effects } = step(this.#state, event, now(), policy);
    this.#state = state;
    for (const effect of effects) {
      switch (effect.do) {
        case 'spawn':
          this.#spawn();
          break;
        case 'ask-to-stop':
          this.#running?.askToStop(effect.withinMs);
          break;
        case 'kill':
          this.#running?.kill();
          break;
        default:
          effect satisfies never;
      }
    }
    const how = event.type === 'exited' ? this.#lastEnd : undefined;
    if (this.#state.mode !== from) changed({ from, to: this.#state.mode, how });
  }

  #spawn(): void {
    this.#facts = undefined;
    this.#running = this.#options.program.start({
      spawned: (pid) => {
        this.#pid = pid;
      },
      ready: (facts) => {
        this.#facts = facts;
        this.#take({ type: 'ready' });
      },
      heard: () => this.#take({ type: 'heard' }),
      exited: (how) => {
        this.#running = undefined;
        this.#pid = null;
        this.#facts = undefined;
        this.#lastEnd = how;
        this.#take({ type: 'exited', roll: this.#options.random() });
      },
    });
  }
}
