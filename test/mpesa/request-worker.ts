// A worker that settles requests in a process of its own, for tests that kill it: what it needs comes from
// the environment.
import { pino } from 'pino';
import { defaultHandsetSettings } from '../../src/handset/behaviour.ts';
import { seededWallet } from '../../src/handset/seeds.ts';
import { createSimulatedGateway } from '../../src/handset/simulated.ts';
import { openBooks } from '../../src/ledger/books.ts';
import { mpesaSettings, settledProducts } from '../../src/mpesa/catalogue.ts';
import { createReceipts } from '../../src/mpesa/identifiers/receipt-numbers.ts';
import { createAccountOpener } from '../../src/mpesa/parties/accounts/account-opener.ts';
import { defaultAccountSettings } from '../../src/mpesa/parties/accounts/accounts.ts';
import { createInitiators } from '../../src/mpesa/parties/initiators/security-credential/check.ts';
import { credentialOpener } from '../../src/mpesa/parties/initiators/security-credential/opener.ts';
import { runRequests } from '../../src/mpesa/requests/settlement/run.ts';
import { createRequestSettlement } from '../../src/mpesa/requests/settlement/settle.ts';
import { systemClock as clock } from '../../src/platform/clock.ts';
import { openDatabase } from '../../src/platform/database/database.ts';
import { defaultsOf } from '../../src/platform/settings.ts';

const { TEST_DATABASE: url = '', TEST_KEY: key = '' } = process.env;
const log = pino({ level: 'error' });
const database = openDatabase({ url, name: 'worker', maxConnections: 4 });
const books = openBooks({ url, clock, log });
const settings = defaultsOf(mpesaSettings);
const settlement = createRequestSettlement({
  database,
  books,
  initiators: createInitiators({
    database,
    opener: credentialOpener({ privateKey: () => key }),
    settings: () => ({ securityCredential: 'checked' }),
    clock,
  }),
  receipts: createReceipts(database),
  accounts: createAccountOpener({
    books,
    settings: () => defaultAccountSettings,
    termsOf: seededWallet,
    clock,
  }),
  settings: () => settings,
  products: settledProducts,
  gatewayOf: (asker) =>
    createSimulatedGateway({ database, settings: () => defaultHandsetSettings, clock, asker }),
  clock,
  log,
});
await runRequests(settlement, { database, signal: new AbortController().signal, log });
