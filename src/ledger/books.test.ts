import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { testDatabase } from '../../test/database.ts';
import { systemClock } from '../platform/clock.ts';
import { Deadline } from '../platform/deadline.ts';
import { newId } from '../platform/ids.ts';
import { openBooks } from './books.ts';
import type { Transfer, Verdict } from './types.ts';

const migrations = new URL('./migrations', import.meta.url).pathname;
const { url } = await testDatabase([{ part: 'ledger', directory: migrations }]);
const books = openBooks({ url, clock: systemClock, log: pino({ enabled: false }) });
after(() => books.close(Deadline.in(5_000)));
const soon = () => Deadline.in(10_000);

let nextAccount = 1n;
async function account(floorCents: bigint | null = 0n, ceilingCents: bigint | null = null): Promise<bigint> {
  const id = nextAccount++;
  await books.openAccounts([{ id, kind: 'customer', floorCents, ceilingCents }], soon());
  return id;
}
const bank = await account(null);
async function funded(cents: bigint): Promise<bigint> {
  const id = await account();
  await post([pay(bank, id, cents)]);
  return id;
}
function pay(debit: bigint, credit: bigint, amountCents: bigint, rest: Partial<Transfer> = {}): Transfer {
  return { kind: 'single', id: newId(), debit, credit, amountCents, code: 'test', ...rest } as Transfer;
}
const post = (transfers: Transfer[]): Promise<Verdict> => books.post({ transfers }, soon());

test('R14: a payment moves money once, however often it is posted', async () => {
  const [payer, payee] = [await funded(1_000n), await account()];
  const payment = pay(payer, payee, 300n);
  assert.deepEqual(await post([payment]), { applied: true, replayed: false, debitAfterCents: [700n] });
  assert.deepEqual(await post([payment]), { applied: true, replayed: true, debitAfterCents: [700n] });
  assert.equal((await books.balance(payer, soon()))?.availableCents, 700n);
  assert.equal((await books.balance(payee, soon()))?.postedCents, 300n);
});

test('a thousand payments at once get a verdict each', async () => {
  const [payer, payee] = [await funded(1_000n), await account()];
  const verdicts = await Promise.all(Array.from({ length: 1_200 }, () => post([pay(payer, payee, 1n)])));
  assert.equal(verdicts.filter(({ applied }) => applied).length, 1_000);
  assert.equal(verdicts.filter((v) => !v.applied && v.reason === 'insufficient_funds').length, 200);
});
