import { Gauge } from 'prom-client';
import { createDelivery } from '../../../delivery/deliver.ts';
import { retainedInDelivery } from '../../../delivery/outbox/retained.ts';
import { retainedInHandset } from '../../../handset/retained.ts';
import { seededWallet } from '../../../handset/seeds.ts';
import { type Books, openBooks } from '../../../ledger/books.ts';
import { keepExpiring } from '../../../ledger/expiry.ts';
import { createAccountOpener } from '../../../mpesa/parties/accounts/account-opener.ts';
import { aboutConfirmation } from '../../../mpesa/payments/log-fields.ts';
import { aboutBillCallback } from '../../../mpesa/products/bill-manager/log-fields.ts';
import { aboutPushCallback } from '../../../mpesa/products/stk-push/log-fields.ts';
import { aboutRequestCallback } from '../../../mpesa/requests/log-fields.ts';
import { retainedInMpesa } from '../../../mpesa/retained.ts';
import { systemClock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/database/database.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { keepRetention } from '../../../platform/retention/keep.ts';
import { productSettings } from '../../../serving/settings.ts';
import { releaseLabel } from '../../installation/configuration.ts';
import type { Role, Root } from '../../main/run-process.ts';
import { type WholePayments, wholePayments } from '../../synthetic/whole-payment.ts';
import { connections } from '../connections.ts';
import type { Probe } from '../probes/probing.ts';
import { callbackEnding, type Ending } from './endings.ts';
import { settlePayments } from './settle-payments.ts';
import { settleProducts } from './settle-products.ts';
import { settleRequests } from './settle-requests.ts';

const CLOSE_BOOKS_MS = 5_000;

export interface WorkerRole extends Role {
  probe: Probe;
  payWhole: WholePayments['pay'];
}

/**
 * Settles pushes and requests, delivers callbacks, and voids holds that expired. Any number of these may run.
 */
export async function serveWorker(root: Root): Promise<WorkerRole> {
  const { env, log, registry, release, record, ended } = root;
  const tell = (ending: Ending | undefined, label: string): void => {
    if (ending !== undefined) ended(ending, label);
  };
  const database = root.database(connections.worker.upkeep, { plansOnce: true });
  const books = openBooks({ url: env.databaseUrl, clock: systemClock, log });
  const delivery = createDelivery({
    // Its own pool: receivers that hang must not hold what settling needs, nor the other way round.
    database: root.database(connections.worker.delivery, { plansOnce: true }),
    settings: () => release().document.delivery,
    clock: systemClock,
    log,
    registry,
    about: (callback) =>
      aboutRequestCallback(callback) ??
      aboutConfirmation(callback) ??
      aboutBillCallback(callback) ??
      aboutPushCallback(callback),
    onAttempted(attempt) {
      const label = releaseLabel(release());
      if (attempt.kind === 'fault') record('error', label);
      else tell(callbackEnding(attempt), label);
    },
  });
  const accounts = createAccountOpener({
    books,
    settings: () => release().document.accounts,
    termsOf: seededWallet,
    clock: systemClock,
  });
  showBooks(root, books);
  const whole = await wholePayments({
    env,
    database,
    clock: systemClock,
    rules: () => release().document.mpesa.stk,
  });
  root.takes();
  const stopping = new AbortController();
  const endRequests = settleRequests(root, { books, accounts, delivery, signal: stopping.signal });
  const settlingPayments = settlePayments(root, { books, delivery, signal: stopping.signal });
  const settlingProducts = settleProducts(root, {
    books,
    accounts,
    delivery,
    signal: stopping.signal,
  });
  const delivering = delivery.run();
  const expiry = keepExpiring({ database, books, clock: systemClock, log });
  const retention = keepRetention({
    database: root.database(connections.worker.retention),
    tables: [...retainedInMpesa, ...retainedInDelivery, ...retainedInHandset],
    settings: () => release().document.retention,
    clock: systemClock,
    log,
  });

  async function stop(): Promise<void> {
    stopping.abort();
    await Promise.all([settlingProducts, settlingPayments, endRequests(), expiry.stop(), retention.stop()]);
    await books.close(Deadline.in(CLOSE_BOOKS_MS));
    await delivery.close();
    await delivering;
    whole.close();
  }

  return { stop, probe: workerProbe(root, database, whole), payWhole: whole.pay };
}

/** A payment that takes longer is lost: synthetic phones answer at once. */
const WHOLE_MS = 20_000;

/**
 * While a change is under way, one whole payment after the other, its callback received here; its fault
 * stands until the next one went through, so that three probes in a row tell of it. Between changes the
 * database alone is asked: a quiet system does not fill its books.
 */
function workerProbe({ changing, release }: Root, database: Database, whole: WholePayments): Probe {
  let isPaying = false;
  let fault: unknown;

  async function pay(): Promise<void> {
    isPaying = true;
    try {
      await whole.pay(Deadline.in(WHOLE_MS));
      fault = undefined;
    } catch (error) {
      fault = error;
    } finally {
      isPaying = false;
    }
  }

  return async () => {
    const isTried = changing() && productSettings(release().document.serving, 'stk').enabled;
    if (!isTried) fault = undefined;
    else if (!isPaying) void pay();
    if (fault !== undefined) throw fault;
    await database.query('select 1');
    return 'database';
  };
}

/** How full the books are. */
function showBooks({ registry }: Root, books: Books): void {
  new Gauge({
    name: 'ledger_queue_entries',
    help: 'Entries that wait for a lane of the books.',
    registers: [registry],
    collect() {
      this.set(books.stats().queued);
    },
  });
}
