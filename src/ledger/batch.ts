import type { Client } from 'pg';
import { begin, commit, FlightFailed, fly } from './flight.ts';
import { decide, type Snapshot } from './kernel.ts';
import { namesIn, readsOf } from './reads.ts';
import type { Entry, Verdict } from './types.ts';
import { companionsOf, writesOf } from './writes.ts';

/**
 * One batch is two flights, each a row of statements sent at once: read (and lock), decide, then write and commit. A
 * batch sends only the statements it needs. Every write is guarded by what was read, so a batch is right with and
 * without row locks: without them a change made in between is found, and the batch is undone.
 *
 * With `locking` all batches of all processes take their locks in one order, accounts by id first, so they wait for each
 * other but do not deadlock. Returns a verdict an entry; throws `FlightFailed`.
 */
export async function runBatch(
  client: Client,
  entries: readonly Entry[],
  { recordedAt, locking }: { recordedAt: Date; locking: boolean },
): Promise<Verdict[]> {
  const { statements, snapshot } = readsOf(namesIn(entries), locking);
  const opening = locking ? [begin] : [];
  const answers = await fly(client, [...opening, ...statements]);
  const before = snapshot(answers.slice(opening.length));
  assertHoldsComplete(before);
  const { verdicts, writes } = decide(before, entries);
  const writing = [...writesOf(writes, recordedAt), ...companionsOf(entries, verdicts)];
  if (locking) await fly(client, [...writing, commit]);
  else if (writing.length > 0) await fly(client, [begin, ...writing, commit]);
  return verdicts;
}

/** A hold that was committed between the reading of accounts and of holds: read again. */
function assertHoldsComplete({ holds, accounts }: Snapshot): void {
  for (const { debit, credit } of holds.values()) {
    if (accounts.has(debit) && accounts.has(credit)) continue;
    throw new FlightFailed('holds: read', {
      code: '40001',
      message: 'a hold came after its accounts were read',
    });
  }
}
