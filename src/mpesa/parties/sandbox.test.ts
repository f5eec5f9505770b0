import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settlementFixture } from '../../../test/mpesa/settlement.ts';
import { seededWallet } from '../../handset/seeds.ts';
import { Deadline } from '../../platform/deadline.ts';
import { createAccountOpener } from './accounts/account-opener.ts';
import { accounts } from './accounts/accounts.ts';
import { findParty } from './party.ts';
import { sandboxShortCodes, seedSandbox, stockSandbox } from './sandbox.ts';

const { books, clock, settings, balanceCents, database } = await settlementFixture();
const opener = createAccountOpener({
  books,
  settings: () => settings.accounts,
  termsOf: seededWallet,
  clock,
});

test("the vendor's short codes have an initiator with all roles, and money once, however often it starts", async () => {
  for (let start = 0; start < 2; start += 1) {
    await seedSandbox(database);
    const float = { sandboxFloatShillings: start === 0 ? 500 : 900 };
    await stockSandbox({ books, opener }, float, Deadline.in(5_000));
  }
  for (const kind of ['working', 'utility'] as const)
    assert.equal(await balanceCents(accounts.organisation('600997', kind)), 50_000n);
  assert.deepEqual((await findParty(database, '600997'))?.products, ['stk', 'c2b', 'b2c', 'b2b']);
  const { rows } = await database.query(
    `select count(*)::int as initiators, min(cardinality(roles)) as roles from mpesa.initiator where username = 'testapi'`,
  );
  assert.deepEqual(rows, [{ initiators: sandboxShortCodes.length, roles: 8 }]);
});
