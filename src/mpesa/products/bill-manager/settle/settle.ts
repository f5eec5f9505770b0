import { insertCallbacks } from '../../../../delivery/outbox/enqueue.ts';
import type { Callback } from '../../../../delivery/types.ts';
import { insertSms } from '../../../../handset/sms.ts';
import type { Clock } from '../../../../platform/clock.ts';
import { type Database, inTransaction } from '../../../../platform/database/database.ts';
import { Deadline, within } from '../../../../platform/deadline.ts';
import { newId } from '../../../../platform/ids.ts';
import { eatDay } from '../../../fields/times/east-africa-time.ts';
import { nextReminder } from '../invoices/reminders.ts';
import type { BillManagerSettings } from '../settings.ts';
import { reminderText } from '../texts.ts';
import { byDueDay, reopenOne } from './reopen.ts';
import {
  lockPayable,
  lockReceived,
  lockReminders,
  markNotified,
  markPaid,
  type PayableInvoice,
  type ReceivedPayment,
  scheduleReminders,
} from './rows.ts';

/**
 * What a worker does with bills, in steps that know nothing of each other but the rows:
 *
 *   pay     a payment that was received settles what its account owes, the invoice that is due first before
 *           the next, and its biller gets a callback; once, because both commit with its state
 *   reopen  a payment that was reversed settles nothing any more: what it settled is owed again, and its
 *           customers read so
 *   remind  customers read of what they owe, seven and three days before it is due and on the day; a worker
 *           that was away sends one reminder in place of those it missed, and none after the due date
 *
 * Any number of workers may run them at once, and die anywhere.
 */
export interface Bills {
  pay(): Promise<number>;
  reopen(): Promise<number>;
  remind(): Promise<number>;
}

export interface BillsOptions {
  database: Database;
  settings: () => BillManagerSettings;
  clock: Clock;
  /** Callbacks were written. */
  onWritten?: () => void;
}

/** Most of a step: there may be more. */
export const BATCH = 100;
const STEP_MS = 15_000;

export function createBills({ database, settings, clock, onWritten }: BillsOptions): Bills {
  async function pay(): Promise<number> {
    for (let paid = 0; paid < BATCH; paid += 1) if (!(await payOne())) return paid;
    return BATCH;
  }

  /** False: there is none. */
  async function payOne(): Promise<boolean> {
    const wasThere = await inTransaction(database, async (client) => {
      const payment = await lockReceived(client);
      if (payment === undefined) return false;
      const now = new Date(clock.now());
      const { parts, overCents } = shared(payment.amountCents, await lockPayable(client, payment));
      if (parts.length > 0) await markPaid(client, payment.id, parts, now);
      await markNotified(client, payment.id, overCents, now);
      await insertCallbacks(client, [pushOf(payment, settings(), now)]);
      return true;
    });
    if (wasThere) onWritten?.();
    return wasThere;
  }

  async function reopen(): Promise<number> {
    for (let reopened = 0; reopened < BATCH; reopened += 1)
      if (!(await reopenOne(database, { at: new Date(clock.now()), rules: settings() }))) return reopened;
    return BATCH;
  }

  async function remind(): Promise<number> {
    return inTransaction(database, async (client) => {
      const nowMs = clock.now();
      const at = new Date(nowMs);
      const today = eatDay(nowMs);
      const due = await lockReminders(client, at, BATCH);
      if (due.length === 0) return 0;
      const told = due.filter(({ isWanted, dueDay }) => isWanted && dueDay >= today);
      if (told.length > 0)
        await insertSms(
          client,
          told.map((reminder) => {
            return { id: newId(), msisdn: reminder.msisdn, text: reminderText(reminder, today), at };
          }),
        );
      await scheduleReminders(
        client,
        due.map(({ id, dueDay }) => {
          return { id, at: nextReminder(dueDay, nowMs, settings()) };
        }),
      );
      return due.length;
    });
  }

  const step = (name: string, work: () => Promise<number>) => () =>
    within(Deadline.in(STEP_MS), `bills: ${name}`, work);
  return { pay: step('pay', pay), reopen: step('reopen', reopen), remind: step('remind', remind) };
}

/** An amount shared among what is owed, what is due first before the next; the rest nobody owes. */
function shared(
  amountCents: bigint,
  payable: readonly PayableInvoice[],
): { parts: { id: string; cents: bigint }[]; overCents: bigint } {
  const parts: { id: string; cents: bigint }[] = [];
  let overCents = amountCents;
  for (const { id, owedCents } of payable.toSorted(byDueDay)) {
    const cents = owedCents < overCents ? owedCents : overCents;
    if (cents === 0n) break;
    parts.push({ id, cents });
    overCents -= cents;
  }
  return { parts, overCents };
}

/**
 * All values are text, as in the vendor's sample, and the number of the payer is whole. The callback has the
 * payment's id, so that it is written once.
 */
function pushOf(
  payment: ReceivedPayment,
  { pushRetryAfterSeconds }: BillManagerSettings,
  now: Date,
): Callback {
  const { id, receipt, amountCents, msisdn, paidAt, accountReference, shortCode, callbackUrl } = payment;
  const body = {
    transactionId: receipt,
    paidAmount: String(Number(amountCents) / 100),
    msisdn,
    dateCreated: eatDay(paidAt.getTime()),
    accountReference,
    shortCode,
  };
  return {
    id,
    url: callbackUrl,
    headers: {},
    body: JSON.stringify(body),
    dueAt: now,
    retryAfterSeconds: pushRetryAfterSeconds,
  };
}
