import type { Decision } from '../kernel/decision.ts';
import type { Account, Hold, Writes } from '../kernel/snapshot.ts';
import type { AccountId, Entry, TransferId } from '../types.ts';

/** What a batch is decided on, by key. */
export interface Found {
  accounts: Map<AccountId, Account>;
  decisions: Map<TransferId, Decision>;
  holds: Map<TransferId, Hold>;
  usage: Map<string, bigint>;
}

/** Each kind of row is remembered up to this many; when there are more, all are forgotten. */
const MOST = 200_000;

/**
 * What this process wrote last: rows it need not read again. Other processes write too, so it may be out of
 * date; a batch decided on it is guarded by versions, and one that is overtaken forgets what it knew and
 * reads.
 */
export class Known {
  readonly accounts = new Map<AccountId, Account>();
  readonly holds = new Map<TransferId, Hold>();
  readonly usage = new Map<string, bigint>();

  /** Takes over what was committed. */
  learn({ accounts, holdsOpened, holdsResolved, usageChanged, usageOpened }: Writes): void {
    for (const map of [this.accounts, this.holds, this.usage]) if (map.size > MOST) map.clear();
    for (const { now } of accounts) this.accounts.set(now.id, now);
    for (const hold of holdsOpened) this.holds.set(hold.id, hold);
    for (const id of holdsResolved) this.holds.delete(id);
    for (const { key, now } of usageChanged) this.usage.set(key, now);
    for (const { key, now } of usageOpened) this.usage.set(key, now);
  }

  /** Drops what a batch was decided on, because it turned out to be old. */
  forget({ accounts, holds, usage }: Found): void {
    for (const id of accounts.keys()) this.accounts.delete(id);
    for (const id of holds.keys()) this.holds.delete(id);
    for (const key of usage.keys()) this.usage.delete(key);
  }

  /** The accounts an entry will touch, as far as is known without reading. */
  *accountsOf({ transfers }: Entry): Generator<AccountId> {
    for (const transfer of transfers) {
      const sides =
        transfer.kind === 'post' || transfer.kind === 'void' ? this.holds.get(transfer.pendingId) : transfer;
      if (sides === undefined) continue;
      yield sides.debit;
      yield sides.credit;
    }
  }
}
