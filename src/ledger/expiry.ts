import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/database.ts';
import { Deadline, within } from '../platform/deadline.ts';
import type { Log } from '../platform/log.ts';
import { ceilingMs } from '../platform/loop/backoff.ts';
import { type Loop, repeat } from '../platform/loop/repeat.ts';
import type { Books } from './books.ts';
import type { TransferId, Verdict } from './types.ts';

const BATCH = 500;
const SWEEP_MS = 1_000;
const SWEEP_WITHIN_MS = 10_000;
const FAILED = { firstMs: 1_000, mostMs: 30_000 };

/**
 * Voids holds a second at most after they expire, for as long as it runs. Any number of processes may do so
 * at once.
 */
export function keepExpiring({ database, books, clock, log }: ExpiryOptions): Loop<number> {
  return repeat({
    work: () => expireHolds({ database, books, now: new Date(clock.now()) }, Deadline.in(SWEEP_WITHIN_MS)),
    waitMs(ran) {
      if (ran.ok) return ran.value < BATCH ? SWEEP_MS : 0;
      log.error({ err: ran.error }, 'expired holds are not voided yet');
      return ceilingMs(FAILED, ran.failures);
    },
  });
}

interface ExpiryOptions {
  database: Database;
  books: Books;
  clock: Clock;
  log: Log;
}

/**
 * Voids up to `limit` holds that have expired at `now`, oldest first. The void is an ordinary entry whose id
 * follows from the hold's, so any number of sweepers may run at once, and a hold that was resolved meanwhile
 * stays as it is. Until it is swept, a hold can still be posted. Returns how many were voided now.
 */
export async function expireHolds(
  { database, books, now, limit = BATCH }: { database: Database; books: Books; now: Date; limit?: number },
  deadline: Deadline,
): Promise<number> {
  const { rows } = await within(deadline, 'finding expired holds', () =>
    database.query<{ id: TransferId }>(
      'select id from ledger.hold where expires_at <= $1 order by expires_at limit $2',
      [now, limit],
    ),
  );
  const verdicts = await Promise.all(
    rows.map(({ id }): Promise<Verdict> => {
      const transfers = [{ kind: 'void', id: expiryId(id), pendingId: id, code: 'expiry' } as const];
      return books.post({ transfers }, deadline);
    }),
  );
  return verdicts.filter(({ applied, replayed }) => applied && !replayed).length;
}

/** The id under which a hold expires: a UUID made of a hash (version 8, RFC 9562). */
export function expiryId(hold: TransferId): TransferId {
  const hex = createHash('sha256').update(`expiry of ${hold}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
