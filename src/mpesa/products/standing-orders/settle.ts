import { insertCallbacks } from '../../../delivery/outbox/enqueue.ts';
import { insertSms } from '../../../handset/sms.ts';
import type { HandsetGateway } from '../../../handset/types.ts';
import type { Clock } from '../../../platform/clock.ts';
import { type Database, inTransaction } from '../../../platform/database/database.ts';
import { type Deadline, within } from '../../../platform/deadline.ts';
import { eatDay } from '../../fields/times/east-africa-time.ts';
import { conversationId } from '../../identifiers/conversation-ids.ts';
import { derivedIdAt } from '../../identifiers/derived-id.ts';
import type { Receipts } from '../../identifiers/receipt-numbers.ts';
import { requestId } from '../../identifiers/request-ids.ts';
import { insertPayments } from '../../payments/insert.ts';
import type { NewPayment } from '../../payments/types.ts';
import type { Result } from '../../results/codes.ts';
import { batches } from '../../work-queue/batches.ts';
import { orderCallback, orderPrompt, orderText } from './notifications.ts';
import { type Day, dayAfter, dueFrom } from './recurrence.ts';
import { ofOutcome, standingOrderResults } from './results.ts';
import {
  claimAccepted,
  type Decision,
  type DueOrder,
  decideOrder,
  lockDue,
  markPrompted,
  moveOn,
  type Order,
  selectExpired,
  selectOpen,
  takeName,
} from './rows.ts';
import type { StandingOrderSettings } from './settings.ts';

/**
 * The way of a standing order, in steps that know nothing of each other but the rows:
 *
 *   ask      accepted → prompted   its name is taken and the phone asks; or → ended (1001, 1050)
 *   collect  prompted → active     the customer said yes (0); any other answer ends it (1025, 1032, 1037, 2001, 8006)
 *   expire   accepted, prompted → ended   nobody answered in time: 1037
 *   due      a payment for each day that is due and not paid yet, in the engine of customers' payments; its id
 *            follows from order and day, so a day is paid once, however often it is found due
 *
 * A worker may die anywhere and be away for days: what was due meanwhile is paid then, each day once. What
 * the books refuse on a day (no money) is not tried again: the source does not say, a default taken.
 *
 * An order is no request of the engine that asks phones (`requests/settlement/asking.ts`): it takes a name
 * that no other order of its customer has, it lives on for years after its result, and its first day commits
 * with that result. The engine would need a hook for each of these, and would save two steps of ten lines.
 */
export interface StandingOrders {
  ask(): Promise<number>;
  collect(): Promise<number>;
  expire(): Promise<number>;
  /** Returns how many orders had something due; `DUE_BATCH`: there may be more. */
  due(): Promise<number>;
}

export interface StandingOrdersOptions {
  database: Database;
  receipts: Receipts;
  gateway: HandsetGateway;
  settings: () => StandingOrderSettings;
  clock: Clock;
  /** Callbacks, or payments, were written. */
  onWritten?: () => void;
}

const BATCH = 100;
export const DUE_BATCH = 100;
/** Days of one order that are paid in one transaction. */
const MAX_DAYS = 62;
const NO_TRANSACTION = '0000000000';

export function createStandingOrders(options: StandingOrdersOptions): StandingOrders {
  const { database, receipts, gateway, settings, clock, onWritten } = options;
  const { claim, step } = batches({ what: 'standing orders', clock, limit: BATCH });

  /** The decision, its callback and its text commit together, once. */
  async function decide(order: Order, result: Result): Promise<void> {
    const nowMs = clock.now();
    const stands = result === standingOrderResults.created;
    const [receipt = NO_TRANSACTION] = stands ? await receipts.take(1, nowMs) : [];
    const nextDue = stands ? firstDue(order, eatDay(nowMs)) : undefined;
    const decision: Decision = { result, at: new Date(nowMs), receipt, nextDue };
    await inTransaction(database, async (client) => {
      if (!(await decideOrder(client, order.id, decision))) return;
      await insertCallbacks(client, [orderCallback(order, decision, settings())]);
      if (stands) await insertSms(client, [orderText(order, decision)]);
    });
    onWritten?.();
  }

  async function ask(deadline: Deadline): Promise<number> {
    const claimed = await claimAccepted(database, claim());
    const asked: Order[] = [];
    for (const order of claimed) {
      const name = await takeName(database, order);
      if (name === 'taken') asked.push(order);
      else await decide(order, name === 'locked' ? standingOrderResults.subscriberLocked : duplicate);
    }
    if (asked.length > 0) {
      const prompts = asked.map((order) => {
        const { id, msisdn, expiresAt } = order;
        return { id, msisdn, text: orderPrompt(order), expiresAt };
      });
      await within(deadline, 'prompting phones', (signal) => gateway.prompt(prompts, signal));
      await markPrompted(
        database,
        asked.map(({ id }) => id),
      );
    }
    return claimed.length;
  }

  async function collect(deadline: Deadline): Promise<number> {
    const answers = await within(deadline, 'answers of phones', (signal) => gateway.answers(BATCH, signal));
    if (answers.length === 0) return 0;
    const ids = answers.map(({ id }) => id);
    const open = new Map((await selectOpen(database, ids)).map((order) => [order.id, order]));
    for (const { id, outcome } of answers) {
      const order = open.get(id);
      if (order !== undefined)
        await decide(order, outcome === 'accepted' ? standingOrderResults.created : ofOutcome[outcome]);
    }
    await within(deadline, 'acknowledging answers', (signal) => gateway.acknowledge(ids, signal));
    return answers.length;
  }

  async function expire(): Promise<number> {
    const expired = await selectExpired(database, claim());
    for (const order of expired) await decide(order, standingOrderResults.unreachable);
    return expired.length;
  }

  async function due(): Promise<number> {
    const today = eatDay(clock.now());
    for (let paid = 0; paid < DUE_BATCH; paid += 1) if (!(await payOne(today))) return paid;
    return DUE_BATCH;
  }

  /** Payments and the day that comes next commit together; false: nothing is due. */
  async function payOne(today: Day): Promise<boolean> {
    const had = await inTransaction(database, async (client) => {
      const order = await lockDue(client, today);
      if (order === undefined) return false;
      const { days, next } = daysDue(order, today);
      const at = new Date(clock.now());
      await insertPayments(
        client,
        days.map((day) => paymentOf(order, day, at)),
        at,
      );
      await moveOn(client, order.id, next);
      return true;
    });
    if (had) onWritten?.();
    return had;
  }

  return {
    ask: () => step('ask', ask),
    collect: () => step('collect', collect),
    expire: () => step('expire', expire),
    due: () => step('due', due),
  };
}

const duplicate = standingOrderResults.duplicateName;

/** What was due before the order stood is not made up for. */
function firstDue({ startDay, endDay, every }: Order, today: Day): Day | undefined {
  const due = dueFrom(startDay, every, today);
  return due !== undefined && due <= endDay ? due : undefined;
}

function daysDue(order: DueOrder, today: Day): { days: Day[]; next: Day | undefined } {
  const { startDay, endDay, every } = order;
  const days: Day[] = [];
  let next: Day | undefined = order.nextDue;
  while (next !== undefined && next <= today && days.length < MAX_DAYS) {
    days.push(next);
    const after = dueFrom(startDay, every, dayAfter(next));
    next = after !== undefined && after <= endDay ? after : undefined;
  }
  return { days, next };
}

function paymentOf(order: DueOrder, day: Day, at: Date): NewPayment {
  return {
    id: derivedIdAt(Date.parse(`${day}T00:00:00+03:00`), 'standing-order', order.id),
    kind: order.kind,
    source: 'standing-order',
    conversationId: conversationId(at.getTime()),
    originatorConversationId: requestId(),
    msisdn: order.msisdn,
    payee: order.shortCode,
    accountReference: order.kind === 'buy_goods' ? '' : order.accountReference,
    amountCents: order.amountCents,
  };
}
