// A worker that settles STK pushes in a process of its own, for tests that kill it: what it needs comes from
// the environment.
import { pino } from 'pino';
import { defaultHandsetSettings } from '../../src/handset/behaviour.ts';
import { seededWallet } from '../../src/handset/seeds.ts';
import { createSimulatedGateway } from '../../src/handset/simulated.ts';
import { openBooks } from '../../src/ledger/books.ts';
import { createReceipts } from '../../src/mpesa/identifiers/receipt-numbers.ts';
import { createAccountOpener } from '../../src/mpesa/parties/accounts/account-opener.ts';
import { defaultAccountSettings } from '../../src/mpesa/parties/accounts/accounts.ts';
import { stkSettings } from '../../src/mpesa/products/stk-push/settings.ts';
import { runStkSettlement } from '../../src/mpesa/products/stk-push/settlement/run.ts';
import { createStkSettlement } from '../../src/mpesa/products/stk-push/settlement/settle.ts';
import { systemClock as clock } from '../../src/platform/clock.ts';
import { openDatabase } from '../../src/platform/database/database.ts';
import { defaultsOf } from '../../src/platform/settings.ts';

const { TEST_DATABASE: url = '' } = process.env;
const log = pino({ level: 'fatal' });
const database = openDatabase({ url, name: 'worker', maxConnections: 4 });
const books = openBooks({ url, clock, log });
const stk = defaultsOf(stkSettings);
const handset = { ...defaultHandsetSettings, answerAfterMs: 0 };
const settlement = createStkSettlement({
  database,
  books,
  accounts: createAccountOpener({
    books,
    settings: () => defaultAccountSettings,
    termsOf: seededWallet,
    clock,
  }),
  receipts: createReceipts(database),
  gateway: createSimulatedGateway({ database, settings: () => handset, clock }),
  termsOf: seededWallet,
  settings: () => stk,
  clock,
  log,
});
await runStkSettlement(settlement, { database, signal: new AbortController().signal, log });
