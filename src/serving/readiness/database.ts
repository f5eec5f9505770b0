import { openDatabase } from '../../platform/database/database.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import { repeat } from '../../platform/loop/repeat.ts';
import type { Readiness } from './health.ts';

const EVERY_MS = 500;
const ANSWER_MS = 1_500;
/** The last answer is older than this: PostgreSQL counts as gone. A restart of it is shorter. */
const FRESH_MS = 2_000;

export interface DatabaseWatch {
  /** From what is known already: it never waits. */
  verdict(): Readiness;
  close(): Promise<void>;
}

/**
 * Asks PostgreSQL again and again, on a connection of its own: the pools of a process under load are full,
 * which is no fault of the database. The time counts from the last good answer, and not from the first error,
 * because a server that hangs gives none (R10).
 */
export function watchDatabase(
  { url, name }: { url: string; name: string },
  now: () => number = () => performance.now(),
): DatabaseWatch {
  const database = openDatabase({ url, name, maxConnections: 1, statementTimeoutMs: ANSWER_MS });
  const openedAt = now();
  let answeredAt: number | undefined;
  let cause = 'no answer yet';

  const asking = repeat({
    work: async () => {
      await within(Deadline.in(ANSWER_MS), 'PostgreSQL', () => database.query('select 1'));
      answeredAt = now();
    },
    waitMs: (ran) => {
      if (!ran.ok) cause = ran.error instanceof Error ? ran.error.message : String(ran.error);
      return EVERY_MS;
    },
  });

  return {
    verdict() {
      const silentMs = now() - (answeredAt ?? openedAt);
      if (answeredAt !== undefined && silentMs < FRESH_MS) return { ready: true };
      return {
        ready: false,
        reason: `PostgreSQL has not answered for ${Math.floor(silentMs / 1_000)} s: ${cause}`,
      };
    },
    async close() {
      void asking.stop();
      await database.end();
    },
  };
}
