import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { settleAll, settlementFixture } from '../../../../test/mpesa/settlement.ts';
import { seededWallet } from '../../../handset/seeds.ts';
import { auditBooks } from '../../../ledger/audit.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { createAccountOpener } from './account-opener.ts';
import { accounts, defaultAccountSettings } from './accounts.ts';
import type { WalletTerms } from './wallet-terms.ts';
import { createWallets } from './wallets.ts';

const { books, database, clock, settings, phones, worker, push, row, balanceCents } =
  await settlementFixture();
const DAY_MS = 86_400_000;
const soon = () => Deadline.in(5_000);

afterEach(() => {
  settings.accounts = { ...defaultAccountSettings };
});

/** Pays as the phone does, and says the result code. */
async function pay(msisdn: string, shillings: number): Promise<number> {
  const id = await push(msisdn, shillings);
  const steps = worker();
  await settleAll(steps);
  clock.ms += 16_000;
  await settleAll(steps);
  return (await row(id)).result_code;
}

async function set(msisdn: string, cents: bigint) {
  const dependencies = { books, settings: () => settings.accounts, termsOf: seededWallet, clock };
  await createAccountOpener(dependencies).open({ msisdns: [msisdn], shortCodes: [] }, soon());
  return createWallets(dependencies).set(msisdn, cents, soon());
}

const has = (msisdn: string) => balanceCents(accounts.customer(msisdn));

test('254700000001 pays for ever: by more than it has, and past the limit of a day', async () => {
  for (let n = 0; n < 4; n += 1) assert.equal(await pay('254700000001', 200_000), 0);
  assert.equal(await pay('254700000001', 100), 0);
  assert.ok(((await has('254700000001')) ?? 0n) <= 50_000_000n, 'never more than an account may hold');
});

test('254700000002 has too little for ever, whatever came in meanwhile', async () => {
  assert.equal(await pay('254700000002', 1), 1);
  const came = { debit: accounts.float, credit: accounts.customer('254700000002'), amountCents: 90_000n };
  const id = '00000000-0000-4000-8000-000000000001';
  await books.post({ transfers: [{ kind: 'single', id, ...came, code: 'b2c' }] }, soon());
  assert.equal(await pay('254700000002', 1), 1);
  assert.equal(await has('254700000002'), 0n);
});

test('a number that ran dry has money again on the next day, where the configuration says so', async () => {
  const [local, server] = ['254733000001', '254733000002'];
  assert.equal(await pay(server, 50_000), 0);
  clock.ms += DAY_MS;
  assert.equal(await pay(server, 1), 1, 'nobody is given anything on a server');
  settings.accounts.dailyRefillShillings = 50_000;
  assert.equal(await pay(local, 50_000), 0);
  assert.equal(await pay(local, 1), 1, 'not on the same day');
  clock.ms += DAY_MS;
  assert.equal(await pay(local, 100), 0);
  assert.equal(await has(local), 4_990_000n);
  assert.equal(await pay(local, 100), 0);
  assert.equal(await has(local), 4_980_000n, 'once a day');
});

test('a balance is what a person set, up or down, until the next day', async () => {
  settings.accounts.dailyRefillShillings = 50_000;
  const msisdn = '254733000003';
  assert.deepEqual(await set(msisdn, 7_000_000n), { ok: true });
  assert.equal(await has(msisdn), 7_000_000n);
  assert.deepEqual(await set(msisdn, 150n), { ok: true });
  assert.equal(await pay(msisdn, 2), 1, 'it is not filled up again');
  assert.equal(await pay(msisdn, 1), 0);
  assert.equal(await has(msisdn), 50n);
  clock.ms += DAY_MS;
  assert.equal(await pay(msisdn, 2), 0);
});

test('a balance never passes what an account may hold; a promise stays kept; who has no account has no balance', async () => {
  assert.deepEqual(await set('254733000004', 50_000_000n), { ok: true });
  assert.deepEqual(await set('254733000004', 50_000_001n), { ok: false, reason: 'over_maximum' });
  assert.equal(await has('254733000004'), 50_000_000n);
  assert.deepEqual(await set('254700000002', 100n), { ok: false, reason: 'promised' });
  assert.deepEqual(await set('254700000011', 100n), { ok: false, reason: 'no_account' });
  assert.equal((await phones.show('254733000004')).balanceCents, 50_000_000n);
});

test('who has what is said by the composition root: the books never ask the phone', async () => {
  const [poor, limited, seeded] = ['254733000005', '254733000006', '254700000002'];
  const termsOf = (msisdn: string): WalletTerms | undefined => {
    if (msisdn === poor) return { openingCents: 0n, holds: 'too_little' };
    return msisdn === limited ? { dailyLimitCents: 0n } : undefined;
  };
  const opener = createAccountOpener({ books, settings: () => settings.accounts, termsOf, clock });
  const paid = async (msisdn: string) => {
    const id = await push(msisdn, 10);
    const steps = worker({ accounts: opener, termsOf });
    await settleAll(steps);
    clock.ms += 16_000;
    await settleAll(steps);
    return (await row(id)).result_code;
  };
  assert.deepEqual([await paid(poor), await paid(limited)], [1, 4]);
  // Of this installation the seeded number, which has had its (empty) opening balance, is anybody.
  settings.accounts.dailyRefillShillings = 100;
  assert.equal(await paid(seeded), 0);
});

test('R14: whatever was given, taken and set, the books prove', async () => {
  assert.deepEqual((await auditBooks(database, soon())).violations, []);
});
