import { createHash } from 'node:crypto';
import type { Database } from '../platform/database.ts';
import { type Deadline, within } from '../platform/deadline.ts';
import type { Books } from './books.ts';
import type { TransferId, Verdict } from './types.ts';

/**
 * Voids up to `limit` holds that have expired at `now`, oldest first. The void is an ordinary entry whose id follows
 * from the hold's, so any number of sweepers may run at once, and a hold that was resolved meanwhile stays as it is.
 * Until it is swept, a hold can still be posted. Returns how many were voided now.
 */
export async function expireHolds(
  { database, books, now, limit = 500 }: { database: Database; books: Books; now: Date; limit?: number },
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
