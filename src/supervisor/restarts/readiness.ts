import type { Sight } from './governor/restart.ts';

const ASK_EVERY_MS = 200;
const ANSWER_MS = 1_000;
/** An answer older than this says nothing any more. */
const FRESH_MS = 2_000;

/**
 * More than this share of its last answers failed, of at least so many: an instance that serves like that is
 * not well.
 */
const FAILED_SHARE = 0.1;
const ENOUGH_ANSWERS = 20;

interface Answer {
  admin: string;
  at: number;
  healthy: boolean;
}

/**
 * Asks each process's `/readyz` again and again while somebody wants to know: whether it is ready, and how
 * its last answers went.
 */
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
    return answer.healthy ? 'good' : 'bad';
  }

  async #ask({ name, admin }: { name: string; admin: string | null }): Promise<void> {
    if (admin === null) return;
    this.#asked.set(name, performance.now());
    const healthy = await fetch(`${admin}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) })
      .then(async (response) => response.ok && serves(await response.json()))
      // Refused, silent, or no JSON: it does not answer as a healthy process does.
      .catch(() => false);
    this.#answers.set(name, { admin, at: performance.now(), healthy });
  }
}

/** Whether enough of its answers succeed; a process that counts none has nothing against it. */
function serves(readiness: unknown): boolean {
  const { answered, failed } = Object(Object(readiness).answers);
  if (typeof answered !== 'number' || typeof failed !== 'number') return true;
  return answered < ENOUGH_ANSWERS || failed <= answered * FAILED_SHARE;
}
