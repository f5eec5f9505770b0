import type { Client } from 'pg';
import { decide } from '../kernel/kernel.ts';
import type { Writes } from '../kernel/snapshot.ts';
import type { Entry, Verdict } from '../types.ts';
import { begin, commit, FlightFailed, fly } from './flight.ts';
import type { Found, Known } from './known.ts';
import { planReading } from './reads.ts';
import { companionsOf, writesOf } from './writes.ts';

/**
 * One batch is two flights, each a row of statements sent at once: read what is not known, decide, then write
 * and commit. A batch sends only the statements it needs. Every write is guarded by what was read or known,
 * and so is what a refusal was decided on, so a change made in between by another is found, and the batch is
 * undone.
 *
 * With `locking` the accounts are locked and read first, in the order of their ids, as all writes are:
 * batches of any number of processes wait for each other, and do not deadlock. Returns a verdict an entry;
 * throws `FlightFailed`.
 */
export async function runBatch(
  client: Client,
  entries: readonly Entry[],
  { recordedAt, known, locking }: { recordedAt: Date; known: Known; locking: boolean },
): Promise<Verdict[]> {
  const { found, reads } = planReading(entries, locking ? undefined : known);
  try {
    const opening = locking ? [begin] : [];
    if (opening.length + reads.length > 0) {
      const answers = await fly(client, [...opening, ...reads.map(({ statement }) => statement)]);
      for (const [index, { take }] of reads.entries()) take(answers[opening.length + index] ?? []);
      assertHoldsComplete(found);
    }
    const { verdicts, writes } = decide(found, entries);
    if (!locking) guardConsulted(writes);
    const writing = [...writesOf(writes, recordedAt), ...companionsOf(entries, verdicts)];
    if (locking) await fly(client, [...writing, commit]);
    else if (writing.length > 0) await fly(client, [begin, ...writing, commit]);
    known.learn(writes);
    return verdicts;
  } catch (error) {
    known.forget(found);
    throw error;
  }
}

/**
 * Rows that a refusal was decided on are written as they were: that locks them and proves that they are so
 * still.
 */
function guardConsulted({ accounts, usageChanged, consulted }: Writes): void {
  accounts.push(...consulted.accounts);
  usageChanged.push(...consulted.usage);
}

/** A hold that was committed between the reading of accounts and of holds: read again. */
function assertHoldsComplete({ holds, accounts }: Found): void {
  for (const { debit, credit } of holds.values()) {
    if (accounts.has(debit) && accounts.has(credit)) continue;
    throw new FlightFailed('holds: read', {
      code: '40001',
      message: 'a hold came after its accounts were read',
    });
  }
}
