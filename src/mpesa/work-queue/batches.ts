import type { Clock } from '../../platform/clock.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import type { Claim } from './rows.ts';

/** A step's whole time; a claim outlives it, so that nobody else takes what is still being worked on. */
const STEP_MS = 15_000;
const CLAIM_MS = 30_000;

/** Rows that a worker takes at once. */
export interface Batches {
  /** `limit` rows from now on, for `forMs`; left out: longer than a step may take. */
  claim(forMs?: number): Claim;
  /** The step of that name, with its deadline. Rejects when the deadline passes. */
  step(name: string, work: (deadline: Deadline) => Promise<number>): Promise<number>;
}

/** `what`: whose steps they are, in the message of one that took too long. */
export function batches({ what, clock, limit }: { what: string; clock: Clock; limit: number }): Batches {
  return {
    claim(forMs = CLAIM_MS) {
      const nowMs = clock.now();
      return { now: new Date(nowMs), until: new Date(nowMs + forMs), limit };
    },
    step(name, work) {
      const deadline = Deadline.in(STEP_MS);
      return within(deadline, `${what}: ${name}`, () => work(deadline));
    },
  };
}
