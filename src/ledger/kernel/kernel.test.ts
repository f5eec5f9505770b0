import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry, Verdict } from '../types.ts';
import { arbitraryEntries, sampleAccounts } from './arbitrary.ts';
import type { Decision } from './decision.ts';
import { decide } from './kernel.ts';
import { Model } from './model.ts';
import type { Account, Hold, Writes } from './snapshot.ts';

/** Where the writes of one batch become the snapshot of the next. */
class Memory {
  readonly accounts = new Map<bigint, Account>();
  readonly decisions = new Map<string, Decision>();
  readonly holds = new Map<string, Hold>();
  readonly usage = new Map<string, bigint>();

  constructor() {
    const counters = { debitsPosted: 0n, creditsPosted: 0n, debitsPending: 0n, creditsPending: 0n };
    for (const { id, floorCents: floor, ceilingCents: ceiling } of sampleAccounts) {
      this.accounts.set(id, { id, floor, ceiling, ...counters, version: 0n, terms: 0n, state: 'open' });
    }
  }

  write(writes: Writes): void {
    for (const decision of writes.decisions) {
      assert.equal(this.decisions.has(decision.id), false, 'an id is decided once');
      this.decisions.set(decision.id, decision);
    }
    for (const { was, now } of writes.accounts) {
      assert.equal(this.accounts.get(now.id)?.version, was);
      this.accounts.set(now.id, now);
    }
    for (const hold of writes.holdsOpened) this.holds.set(hold.id, hold);
    for (const id of writes.holdsResolved) assert.equal(this.holds.delete(id), true);
    for (const { key, was, now } of writes.usageChanged) {
      assert.equal(this.usage.get(key), was);
      this.usage.set(key, now);
    }
    for (const { key, now } of writes.usageOpened) this.usage.set(key, now);
  }
}

function inBatches(entries: readonly Entry[], batchSize: number): { verdicts: Verdict[]; memory: Memory } {
  const memory = new Memory();
  const verdicts: Verdict[] = [];
  for (let at = 0; at < entries.length; at += batchSize) {
    const decided = decide(memory, entries.slice(at, at + batchSize));
    memory.write(decided.writes);
    verdicts.push(...decided.verdicts);
  }
  return { verdicts, memory };
}

test('R14: the kernel says what the model says, however the entries fall into batches', () => {
  const reasons = new Map<string, number>();
  fc.assert(
    fc.property(arbitraryEntries(40, 1), fc.integer({ min: 1, max: 40 }), (entries, batchSize) => {
      const model = new Model(sampleAccounts);
      const { verdicts, memory } = inBatches(entries, batchSize);
      for (const [index, entry] of entries.entries()) {
        const expected = model.post(entry);
        assert.deepEqual(verdicts[index], expected);
        const reason = expected.applied ? 'applied' : expected.reason;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
      for (const [id, account] of memory.accounts) {
        assert.equal(account.creditsPosted - account.debitsPosted, model.posted(id));
        assert.equal(account.debitsPending, model.reserved(id));
        assert.equal(account.creditsPending, model.incoming(id));
      }
    }),
    { numRuns: 1_500 },
  );
  const reached = [...reasons.keys()].sort();
  assert.deepEqual(reached, [
    'account_not_found',
    'applied',
    'id_reused',
    'insufficient_funds',
    'not_positive',
    'original_not_found',
    'over_ceiling',
    'over_limit',
    'over_original_amount',
    'over_pending_amount',
    'pending_not_found',
    'pending_resolved',
    'same_account',
  ]);
});

function account(id: bigint, rest: Partial<Account> = {}): [bigint, Account] {
  const counters = { debitsPosted: 0n, creditsPosted: 0n, debitsPending: 0n, creditsPending: 0n };
  return [
    id,
    { id, floor: null, ceiling: null, ...counters, version: 0n, terms: 0n, state: 'open', ...rest },
  ];
}

function payment({ amountCents = 1n }: { amountCents?: bigint } = {}): Entry {
  const id = '00000000-0000-7000-8000-000000000001';
  return { transfers: [{ kind: 'single', id, debit: 1n, credit: 2n, amountCents, code: 'payment' }] };
}

const empty = { decisions: new Map(), holds: new Map(), usage: new Map() };
const reasonOf = (accounts: Map<bigint, Account>, entry: Entry): string | undefined => {
  const [verdict] = decide({ ...empty, accounts }, [entry]).verdicts;
  return verdict?.applied === false ? verdict.reason : undefined;
};

test('a closed or frozen account moves no new money', () => {
  assert.equal(
    reasonOf(new Map([account(1n, { state: 'closed' }), account(2n)]), payment()),
    'account_closed',
  );
  assert.equal(
    reasonOf(new Map([account(1n), account(2n, { state: 'frozen' })]), payment()),
    'account_frozen',
  );
});

test('no counter passes what its column can hold', () => {
  const full = new Map([account(1n), account(2n, { creditsPosted: 2n ** 63n - 2n })]);
  assert.equal(reasonOf(full, payment({ amountCents: 1n })), undefined);
  assert.equal(reasonOf(full, payment({ amountCents: 2n })), 'over_ceiling');
  assert.equal(reasonOf(full, payment({ amountCents: 2n ** 63n })), 'over_ceiling');
});
