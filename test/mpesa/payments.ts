import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { defaultDeliverySettings } from '../../src/delivery/settings.ts';
import { seededWallet } from '../../src/handset/seeds.ts';
import { conversationId } from '../../src/mpesa/identifiers/conversation-ids.ts';
import { createReceipts } from '../../src/mpesa/identifiers/receipt-numbers.ts';
import { requestId } from '../../src/mpesa/identifiers/request-ids.ts';
import { createAccountOpener } from '../../src/mpesa/parties/accounts/account-opener.ts';
import { sandboxAgent, seedAgent } from '../../src/mpesa/parties/agents.ts';
import type { DatedTariff } from '../../src/mpesa/parties/charges/tariff.ts';
import { seedOrganisation } from '../../src/mpesa/parties/organisations.ts';
import { insertPayments } from '../../src/mpesa/payments/insert.ts';
import {
  createPaymentSettlement,
  type PaymentSettlement,
  type PaymentSettlementOptions,
} from '../../src/mpesa/payments/settlement/settle.ts';
import type { NewPayment, Registration } from '../../src/mpesa/payments/types.ts';
import { register } from '../../src/mpesa/products/c2b/registrations.ts';
import { newId } from '../../src/platform/ids.ts';
import { settlementFixture } from './settlement.ts';

export const BILL = '600978';
export const STORE = '600979';
export const TILL_OF_STORE = '5600979';
export const AGENT = sandboxAgent.number;

/** Real PostgreSQL, books and phones, and payments of customers; only the time is the test's. */
export async function paymentsFixture() {
  const fixture = await settlementFixture();
  const { database, books, clock, settings, log } = fixture;
  const products = ['c2b'];
  await seedOrganisation(database, { shortCode: BILL, name: 'Duka', kind: 'paybill', products });
  await seedOrganisation(database, { shortCode: STORE, name: 'Store', kind: 'till', products });
  await seedOrganisation(database, {
    shortCode: TILL_OF_STORE,
    name: 'Mama Mboga',
    kind: 'till',
    headOffice: STORE,
    products,
  });
  await seedAgent(database, sandboxAgent);
  /** What merchants pay. */
  const charges: { standingOrders: DatedTariff } = { standingOrders: [] };
  const validation = {
    timeoutMs: 8_000,
    rules: { ...defaultDeliverySettings, allowPlainHttp: true, allowPrivateTargets: true },
  };

  const options = (of = database): PaymentSettlementOptions => ({
    database: of,
    books,
    accounts: createAccountOpener({ books, settings: () => settings.accounts, termsOf: seededWallet, clock }),
    receipts: createReceipts(of, { blockSize: 10 }),
    termsOf: seededWallet,
    settings: () => ({
      customers: { ...settings.stk, standingOrderTariffs: charges.standingOrders },
      validationTimeoutMs: validation.timeoutMs,
      delivery: validation.rules,
    }),
    clock,
    log,
  });

  return {
    ...fixture,
    validation,
    charges,

    options,

    /** A worker of its own: nothing is shared with another but the database. */
    worker(changes: Partial<PaymentSettlementOptions> = {}) {
      return createPaymentSettlement({ ...options(changes.database), ...changes });
    },

    /** A payment of `shillings` to the pay bill, as it is accepted. */
    async accept(msisdn: string, shillings: number, changes: Partial<NewPayment> = {}): Promise<string> {
      const payment: NewPayment = {
        id: newId(),
        kind: 'pay_bill',
        source: 'phone',
        conversationId: conversationId(clock.ms),
        originatorConversationId: requestId(),
        msisdn,
        payee: BILL,
        accountReference: 'INV-7',
        amountCents: BigInt(shillings) * 100n,
        ...changes,
      };
      assert.ok((await insertPayments(database, [payment], new Date(clock.ms))).has(payment.id));
      return payment.id;
    },

    async register(changes: Partial<Registration> & { shortCode?: string; validates?: boolean } = {}) {
      const { validates = false, shortCode = BILL, ...rest } = changes;
      const registration = {
        shortCode,
        version: 2 as const,
        responseType: 'Completed' as const,
        confirmationUrl: 'https://shop.test/confirmation',
        validationUrl: 'https://shop.test/validation',
        appId: 'app',
        ...rest,
      };
      const how = { overwrites: true, now: new Date(clock.ms) };
      assert.equal(await register(database, registration, how), 'taken');
      await database.query('update mpesa.organisation set validates_payments = $2 where short_code = $1', [
        shortCode,
        validates,
      ]);
    },

    async row(id: string) {
      const { rows } = await database.query('select * from mpesa.payment where id = $1', [id]);
      assert.equal(rows.length, 1);
      return rows[0];
    },

    /** Its confirmation; `undefined`: it has none. */
    async confirmation(id: string): Promise<{ url: string; body: Record<string, string> } | undefined> {
      const { rows } = await database.query('select url, body from delivery.callback where id = $1', [id]);
      return rows[0] && { url: rows[0].url, body: JSON.parse(rows[0].body) };
    },

    async transaction(receipt: string) {
      const { rows } = await database.query('select * from mpesa.transaction where receipt = $1', [receipt]);
      return rows[0];
    },
  };
}

/** All steps, until none finds anything to do now and nobody is being asked. */
export async function settleAll({ route, validate, decide, pay, asked }: PaymentSettlement): Promise<void> {
  for (;;) {
    let handled = 0;
    for (const step of [route, validate, decide, pay]) handled += await step();
    await asked();
    if (handled === 0) return;
  }
}

/** What a merchant says of one payment; `undefined`: nothing, it hangs. */
export type Says = (payment: Record<string, string>) => string | undefined;

/** A merchant's ValidationURL on a real socket. */
export async function validatingMerchant(says: Says, host = '127.0.0.1') {
  const asked: Record<string, string>[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const payment = JSON.parse(Buffer.concat(chunks).toString());
      asked.push(payment);
      const answer = says(payment);
      if (answer === undefined) return;
      response
        .writeHead(answer.startsWith('5') ? 500 : 200, { 'content-type': 'application/json' })
        .end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://${host}:${(server.address() as AddressInfo).port}/validation`, asked };
}
