import fc from 'fast-check';
import type { Entry, NewAccount, Transfer } from '../types.ts';

/** Few accounts, few ids and small amounts, so that entries get in each other's way all the time. */
export const sampleAccounts: readonly NewAccount[] = [
  { id: 1n, kind: 'clearing', floorCents: null, ceilingCents: null },
  { id: 2n, kind: 'customer', floorCents: 0n, ceilingCents: 200n },
  { id: 3n, kind: 'customer', floorCents: 0n, ceilingCents: null },
  { id: 4n, kind: 'merchant', floorCents: -50n, ceilingCents: null },
  { id: 5n, kind: 'operator', floorCents: 0n, ceilingCents: null },
];

/** The `n`th id of a run; runs that share a database take different ones. */
export function sampleId(run: number, n: number): string {
  return `${run.toString(16).padStart(8, '0')}-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/**
 * Entries of every kind, chains among them, over the sample accounts (shifted) and one account that is not
 * there.
 */
export function arbitraryEntries(size: number, run: number, shift = 0n): fc.Arbitrary<Entry[]> {
  const id = fc.integer({ min: 0, max: size }).map((n) => sampleId(run, n));
  const account = fc
    .oneof(
      { weight: 30, arbitrary: fc.constantFrom(1n, 2n, 3n, 4n, 5n) },
      { weight: 1, arbitrary: fc.constant(9n) },
    )
    .map((n) => n + shift);
  const amountCents = fc.oneof(
    { weight: 20, arbitrary: fc.bigInt({ min: 1n, max: 120n }) },
    { weight: 1, arbitrary: fc.constantFrom(0n, -5n) },
  );
  const limit = fc.record({
    scope: fc.constantFrom('daily-out', 'weekly/out'),
    key: fc.constantFrom('a', 'b').map((key) => `${run}${key}`),
    window: fc.constant('2026-11-23'),
    maxCents: fc.constantFrom(100n, 400n),
  });
  const code = fc.constantFrom('payment', 'fee');
  const movement = { id, debit: account, credit: account, amountCents, code };
  const limited = fc.oneof(
    fc.record(movement),
    fc.record({ ...movement, limits: fc.array(limit, { maxLength: 2 }) }),
  );
  const single = limited.map((rest): Transfer => ({ kind: 'single', ...rest }));
  const pending = limited.map((rest): Transfer => ({ kind: 'pending', expiresAt: new Date(0), ...rest }));
  const reversal = fc
    .record({ ...movement, reversesId: id })
    .map((rest): Transfer => ({ kind: 'reversal', ...rest }));
  const post = fc
    .oneof(fc.record({ id, pendingId: id, code }), fc.record({ id, pendingId: id, code, amountCents }))
    .map((rest): Transfer => ({ kind: 'post', ...rest }));
  const voided = fc.record({ id, pendingId: id, code }).map((rest): Transfer => ({ kind: 'void', ...rest }));
  const transfer = fc.oneof(
    { weight: 4, arbitrary: single },
    { weight: 3, arbitrary: pending },
    { weight: 2, arbitrary: post },
    { weight: 1, arbitrary: voided },
    { weight: 1, arbitrary: reversal },
  );
  const fresh = fc.oneof(
    { weight: 6, arbitrary: fc.array(transfer, { minLength: 1, maxLength: 1 }) },
    { weight: 3, arbitrary: fc.array(transfer, { minLength: 2, maxLength: 5 }) },
    { weight: 1, arbitrary: fc.array(transfer, { minLength: 16, maxLength: 16 }) },
  );
  return fc
    .array(fc.tuple(fresh, fc.integer({ min: 0, max: 5 }), fc.nat()), {
      minLength: 1,
      maxLength: size,
      size: 'max',
    })
    .map((drawn) => composed(drawn, (n) => sampleId(run, 1_000 + n)));
}

/**
 * Entries out of what was drawn: one in six is an earlier one once more; most transfers get an id of their
 * own; most that name another transfer are pointed at one that was posted.
 */
function composed(drawn: readonly [Transfer[], number, number][], freshId: (n: number) => string): Entry[] {
  const entries: Entry[] = [];
  const posted: Transfer[] = [];
  for (const [transfers, dice, pick] of drawn) {
    const earlier = dice === 0 ? entries[pick % Math.max(1, entries.length)] : undefined;
    if (earlier !== undefined) {
      entries.push(earlier);
      continue;
    }
    const own = transfers.map((transfer, index) => {
      const id = (pick + index) % 10 === 0 ? transfer.id : freshId(posted.length);
      const composed = { ...aimed(transfer, posted, pick + index), id };
      posted.push(composed);
      return composed;
    });
    entries.push({ transfers: own });
  }
  return entries;
}

function aimed(transfer: Transfer, posted: readonly Transfer[], pick: number): Transfer {
  if (transfer.kind === 'reversal') {
    const originals = posted.filter(({ kind }) => kind === 'single');
    const original = originals[pick % Math.max(1, originals.length)];
    if (original?.kind !== 'single') return transfer;
    return { ...transfer, reversesId: original.id, debit: original.credit, credit: original.debit };
  }
  if (transfer.kind === 'post' || transfer.kind === 'void') {
    const pending = posted.filter(({ kind }) => kind === 'pending');
    const one = pending[pick % Math.max(1, pending.length)];
    return one === undefined || pick % 8 === 0 ? transfer : { ...transfer, pendingId: one.id };
  }
  return transfer;
}
