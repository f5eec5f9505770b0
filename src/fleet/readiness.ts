import type { Sight } from './governor/restart.ts';

const ASK_EVERY_MS = 200;
const ANSWER_MS = 1_000;
/** An answer older than this says nothing any more. */
const FRESH_MS = 2_000;

interface Answer {
  admin: string;
  at: number;
  ready: boolean;
}

/** Asks each process's `/readyz` again and again while somebody wants to know. */
export class Readiness {
  readonly #answers = new Map<string, Answer>();
  readonly #asked = new Map<string, number>();

  /** Asks all of them now; settles within the deadline of an answer. */
  async askAll(instances: readonly { name: string; admin: string | null }[]): Promise<void> {
    await Promise.all(instances.map((one) => this.#ask(one)));
  }

  /** Asks those that were not asked lately, without waiting. Call it at each tick. */
  keepAsking(instances: readonly { name: string; admin: string | null }[]): void {
    const now = performance.now();
    for (const one of instances) {
      if (now - (this.#asked.get(one.name) ?? -Infinity) >= ASK_EVERY_MS) void this.#ask(one);
    }
  }

  /** What the process at `admin` said lately. */
  health(name: string, admin: string | null): Sight['health'] {
    const answer = this.#answers.get(name);
    const isFresh =
      answer !== undefined && answer.admin === admin && performance.now() - answer.at < FRESH_MS;
    if (!isFresh) return 'unknown';
    return answer.ready ? 'good' : 'bad';
  }

  async #ask({ name, admin }: { name: string; admin: string | null }): Promise<void> {
    if (admin === null) return;
    this.#asked.set(name, performance.now());
    const ready = await fetch(`${admin}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
      // Refused or silent: it does not answer as a healthy process does.
      () => false,
    );
    this.#answers.set(name, { admin, at: performance.now(), ready });
  }
}
