import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defaultHandsetSettings, type HandsetSettings } from '../../src/handset/behaviour.ts';
import { createPhones } from '../../src/handset/phones.ts';
import { seededWallet } from '../../src/handset/seeds.ts';
import { createSimulatedGateway } from '../../src/handset/simulated.ts';
import { openBooks } from '../../src/ledger/books.ts';
import { createReceipts } from '../../src/mpesa/identifiers/receipt-numbers.ts';
import { createAccountOpener } from '../../src/mpesa/parties/accounts/account-opener.ts';
import {
  type AccountSettings,
  accounts,
  defaultAccountSettings,
} from '../../src/mpesa/parties/accounts/accounts.ts';
import { seedOrganisation } from '../../src/mpesa/parties/organisations.ts';
import { type StkSettings, stkSettings } from '../../src/mpesa/products/stk-push/settings.ts';
import {
  createStkSettlement,
  type StkSettlementOptions,
} from '../../src/mpesa/products/stk-push/settlement/settle.ts';
import type { MigrationSource } from '../../src/platform/database/migrate.ts';
import { Deadline } from '../../src/platform/deadline.ts';
import { newId } from '../../src/platform/ids.ts';
import { createLog } from '../../src/platform/log.ts';
import { defaultsOf } from '../../src/platform/settings.ts';
import { testDatabase } from '../database.ts';

const schemas = ['ledger', 'delivery', 'handset', 'mpesa'].map((part) => ({
  part,
  directory: fileURLToPath(new URL(`../../src/${part}/migrations`, import.meta.url)),
}));

export const PAYBILL = '174379';
export const TILL = '5001234';

/** Real PostgreSQL, books and phones; only the time is the test's. */
export async function settlementFixture({ tables = schemas }: { tables?: readonly MigrationSource[] } = {}) {
  const { database, url } = await testDatabase(tables);
  await seedOrganisation(database, { shortCode: PAYBILL, name: 'Imara Sandbox', kind: 'paybill' });
  await seedOrganisation(database, {
    shortCode: TILL,
    name: 'Mama Mboga',
    kind: 'till',
    headOffice: PAYBILL,
  });
  const clock = { ms: Date.parse('2026-11-23T09:00:00Z'), now: () => clock.ms };
  const log = createLog('test');
  log.level = 'silent';
  const settings: {
    stk: StkSettings;
    accounts: AccountSettings;
    handset: HandsetSettings;
  } = {
    stk: defaultsOf(stkSettings),
    accounts: { ...defaultAccountSettings },
    handset: { ...defaultHandsetSettings },
  };
  const books = openBooks({ url, clock, log });
  after(() => books.close(Deadline.in(5_000)));
  const gateway = createSimulatedGateway({ database, settings: () => settings.handset, clock });
  const phones = createPhones({
    database,
    settings: () => settings.handset,
    clock,
    balanceCents: (msisdn) => balanceCents(accounts.customer(msisdn)),
  });

  async function balanceCents(account: bigint): Promise<bigint | undefined> {
    return (await books.balance(account, Deadline.in(5_000)))?.availableCents;
  }

  return {
    database,
    url,
    clock,
    settings,
    books,
    gateway,
    phones,
    log,
    balanceCents,
    utilityCents: () => balanceCents(accounts.organisation(PAYBILL, 'utility')),

    /** A worker of its own: nothing is shared with another but the database. */
    worker(changes: Partial<StkSettlementOptions> = {}) {
      return createStkSettlement({
        database,
        books,
        accounts: createAccountOpener({
          books,
          settings: () => settings.accounts,
          termsOf: seededWallet,
          clock,
        }),
        receipts: createReceipts(database, { blockSize: 10 }),
        gateway,
        termsOf: seededWallet,
        settings: () => settings.stk,
        clock,
        log,
        ...changes,
      });
    },

    /** An acknowledged push, as the API leaves it. */
    async push(msisdn: string, shillings: number, changes: PushChanges = {}): Promise<string> {
      const { partyB = PAYBILL, transactionType = 'CustomerPayBillOnline', reference = 'INV-1' } = changes;
      const { id = newId() } = changes;
      await database.query(
        `insert into mpesa.stk_push (id, merchant_request_id, checkout_request_id, app_id, short_code, party_b,
           transaction_type, msisdn, amount_cents, account_reference, description, callback_url, accepted_at, expires_at)
         values ($1, $2, $3, 'app', $4, $5, $6, $7, $8, $9, 'test', 'http://shop.test/paid?x=1', $10, $11)`,
        [
          id,
          `53e3-4aa8-${id}`,
          `ws_CO_${id}`,
          PAYBILL,
          partyB,
          transactionType,
          msisdn,
          shillings * 100,
          reference,
          new Date(clock.ms),
          new Date(clock.ms + 60_000),
        ],
      );
      return id;
    },

    async row(id: string) {
      const { rows } = await database.query('select * from mpesa.stk_push where id = $1', [id]);
      assert.equal(rows.length, 1);
      return rows[0];
    },

    async callback(id: string) {
      const { rows } = await database.query('select * from delivery.callback where id = $1', [id]);
      assert.equal(rows.length, 1, 'one result, one callback');
      const { body, headers, url: to, due_at } = rows[0];
      return { text: body, result: JSON.parse(body).Body.stkCallback, headers, to, dueAt: due_at };
    },
  };
}

export interface PushChanges {
  id?: string;
  partyB?: string;
  transactionType?: string;
  reference?: string;
}

type Steps = ReturnType<typeof createStkSettlement>;

/** Runs the steps one after the other until none finds anything to do now. */
export async function settleAll({ send, collect, expire, pay }: Steps): Promise<void> {
  for (;;) {
    let handled = 0;
    for (const step of [send, collect, expire, pay]) handled += await step();
    if (handled === 0) return;
  }
}
