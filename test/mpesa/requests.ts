import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, type KeyObject, publicEncrypt } from 'node:crypto';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defaultHandsetSettings } from '../../src/handset/behaviour.ts';
import { seededWallet } from '../../src/handset/seeds.ts';
import { createSimulatedGateway } from '../../src/handset/simulated.ts';
import { openBooks } from '../../src/ledger/books.ts';
import { type MpesaSettings, mpesaSettings } from '../../src/mpesa/catalogue.ts';
import { createReceipts } from '../../src/mpesa/identifiers/receipt-numbers.ts';
import { requestId } from '../../src/mpesa/identifiers/request-ids.ts';
import { createAccountOpener } from '../../src/mpesa/parties/accounts/account-opener.ts';
import { type AccountSettings, defaultAccountSettings } from '../../src/mpesa/parties/accounts/accounts.ts';
import { initiatorRoles, seedInitiator } from '../../src/mpesa/parties/initiators/initiators.ts';
import {
  createInitiators,
  type InitiatorSettings,
} from '../../src/mpesa/parties/initiators/security-credential/check.ts';
import { credentialOpener } from '../../src/mpesa/parties/initiators/security-credential/opener.ts';
import { seedOrganisation } from '../../src/mpesa/parties/organisations.ts';
import { insertRequests } from '../../src/mpesa/requests/acceptance/insert.ts';
import { asks, pays } from '../../src/mpesa/requests/settlement/product.ts';
import {
  createRequestSettlement,
  type RequestSettlement,
  type RequestSettlementOptions,
} from '../../src/mpesa/requests/settlement/settle.ts';
import type { Details, NewRequest } from '../../src/mpesa/requests/types.ts';
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

/** A merchant of the fixture, and its API users. */
export const SHORT_CODE = '600978';
export const PASSWORD = 'Safaricom999!*!';

/** A SecurityCredential, as clients make it. */
export function credentialOf(password: string, key: KeyObject): string {
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(password)).toString(
    'base64',
  );
}

/** Real PostgreSQL, books and credentials; only the time is the test's. */
export async function requestsFixture({ tables = schemas }: { tables?: readonly MigrationSource[] } = {}) {
  const { database, url } = await testDatabase(tables);
  await seedOrganisation(database, { shortCode: SHORT_CODE, name: 'Duka', kind: 'paybill' });
  const initiators = { testapi: initiatorRoles, 'no-roles': [] };
  for (const [username, roles] of Object.entries(initiators))
    await seedInitiator(database, { shortCode: SHORT_CODE, username, password: PASSWORD, roles });
  const clock = { ms: Date.parse('2026-11-23T09:00:00Z'), now: () => clock.ms };
  const log = createLog('test');
  log.level = 'silent';
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const opener = credentialOpener({ privateKey: () => privateKey });
  const books = openBooks({ url, clock, log });
  after(async () => {
    await books.close(Deadline.in(5_000));
    await opener.close();
  });
  const settings: { -readonly [Key in keyof InitiatorSettings]: InitiatorSettings[Key] } = {
    securityCredential: 'checked',
  };
  const mpesa: MpesaSettings = defaultsOf(mpesaSettings);
  const accountSettings: AccountSettings = { ...defaultAccountSettings };
  const good = credentialOf(PASSWORD, keys.publicKey);

  return {
    database,
    url,
    clock,
    log,
    books,
    settings,
    /** What products read of a release; may be changed. */
    mpesa,
    accountSettings,
    publicKey: keys.publicKey,
    privateKey,
    opener,
    good,
    newInitiators: () => createInitiators({ database, opener, settings: () => settings, clock }),

    /** A worker of its own: nothing is shared with another but the database and the credentials' thread. */
    worker(
      changes: Pick<RequestSettlementOptions<MpesaSettings>, 'products'> &
        Partial<RequestSettlementOptions<MpesaSettings>>,
    ) {
      const initiators = createInitiators({
        database: changes.database ?? database,
        opener,
        settings: () => settings,
        clock,
      });
      const receipts = createReceipts(changes.database ?? database, { blockSize: 10 });
      return createRequestSettlement<MpesaSettings>({
        database,
        books,
        initiators,
        receipts,
        accounts: createAccountOpener({
          books,
          settings: () => accountSettings,
          termsOf: seededWallet,
          clock,
        }),
        gatewayOf: (asker) =>
          createSimulatedGateway({
            database: changes.database ?? database,
            settings: () => defaultHandsetSettings,
            clock,
            asker,
          }),
        settings: () => mpesa,
        clock,
        log,
        ...changes,
      });
    },

    /** An acknowledged request, as the API leaves it. */
    async request(
      product: string,
      changes: Partial<NewRequest> = {},
      details: Details = {},
    ): Promise<string> {
      const id = newId();
      const taken = await insertRequests(
        database,
        [
          {
            id,
            product,
            conversationId: `AG_20261123_${id}`,
            originatorConversationId: requestId(),
            appId: 'app',
            shortCode: SHORT_CODE,
            initiator: 'testapi',
            securityCredential: good,
            details,
            resultUrl: 'https://shop.test/result',
            queueTimeoutUrl: 'https://shop.test/timeout',
            ...changes,
          },
        ],
        { acceptedAtMs: clock.ms, timeoutMs: 60_000 },
      );
      assert.ok(taken.has(changes.id ?? id));
      return changes.id ?? id;
    },

    async row(id: string) {
      const { rows } = await database.query('select * from mpesa.request where id = $1', [id]);
      assert.equal(rows.length, 1);
      return rows[0];
    },

    /** The one callback of a request: where it goes, and its `Result`. */
    async callback(id: string) {
      const { rows } = await database.query('select * from delivery.callback where id = $1', [id]);
      assert.equal(rows.length, 1, 'one request, one callback');
      const { body, url: to } = rows[0];
      return { to, text: String(body), result: JSON.parse(body).Result };
    },

    async callbacks(): Promise<number> {
      const { rows } = await database.query('select count(*)::int as n from delivery.callback');
      return rows[0].n;
    },
  };
}

/** All steps of all products, until none finds anything to do now. */
export async function settleAll({
  products,
  settle,
  collect,
  pay,
  expire,
}: RequestSettlement<MpesaSettings>): Promise<void> {
  for (;;) {
    let handled = await expire();
    for (const product of products) {
      handled += await settle(product);
      if (asks(product)) handled += await collect(product);
      if (pays(product)) handled += await pay(product);
    }
    if (handled === 0) return;
  }
}
