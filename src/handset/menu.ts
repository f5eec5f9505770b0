import { type Database, inTransaction } from '../platform/database/database.ts';
import { Deadline } from '../platform/deadline.ts';
import type { HandsetSettings } from './behaviour.ts';
import { readPhones, tryPin } from './phones.ts';

/** What the menu of a phone has: Lipa na M-Pesa, send money, withdraw. */
export const menuItems = ['pay_bill', 'buy_goods', 'send_money', 'pochi', 'withdraw'] as const;
export type MenuItem = (typeof menuItems)[number];

/** What a subscriber has chosen. */
export interface Order {
  readonly item: MenuItem;
  /** Short code, till, agent number, or the MSISDN of who gets it. */
  readonly to: string;
  /** At a pay bill. */
  readonly account: string;
  readonly amountCents: bigint;
}

/**
 * What became of it.
 *   paid, refused    it has its result; the SMS tells it too
 *   pending          it was taken, and has no result yet
 *   wrong_pin, pin_locked   nothing was taken
 */
export type Ordered =
  | { readonly outcome: 'paid' | 'refused' | 'pending'; readonly payment: OrderedPayment }
  | { readonly outcome: 'wrong_pin' | 'pin_locked' };

export interface OrderedPayment {
  readonly id: string;
  readonly receipt: string | null;
  /** `0`: paid; `null`: not yet. */
  readonly resultCode: number | string | null;
  readonly resultDesc: string | null;
}

/**
 * Takes the payment, and waits for its result until the deadline. Who moves money is not the phone's
 * matter.
 */
export type TakeOrder = (msisdn: string, order: Order, deadline: Deadline) => Promise<OrderedPayment>;

/**
 * Whose an account of a pay bill is, as the payer reads it before the PIN.
 *   unknown       the merchant says that there is no such account; `reason`: its words
 *   not_answered  it said nothing in time that can be read
 *   not_asked     it tells nobody
 */
export type AccountName =
  | { readonly outcome: 'found'; readonly name: string }
  | { readonly outcome: 'unknown'; readonly reason: string | null }
  | { readonly outcome: 'not_answered'; readonly reason: string }
  | { readonly outcome: 'not_asked' };

/** Asks the part that knows it, within a deadline of its own. */
export type AskAccountName = (shortCode: string, account: string) => Promise<AccountName>;

export interface Menu {
  accountName(
    msisdn: string,
    bill: { readonly to: string; readonly account: string },
  ): Promise<AccountName | 'switched_off'>;
  order(msisdn: string, order: Order & { readonly pin: string }): Promise<Ordered | 'switched_off'>;
}

/** A merchant may take 8 s to validate. */
const ORDER_MS = 12_000;

/** The menu of the simulated phones: the PIN is asked here, everything else elsewhere. */
export function createMenu({
  database,
  settings,
  take,
  askAccountName,
}: {
  database: Database;
  settings: () => HandsetSettings;
  take: TakeOrder;
  askAccountName: AskAccountName;
}): Menu {
  const behaviourOf = async (msisdn: string) =>
    (await readPhones(database, [msisdn], settings())).get(msisdn)?.behaviour;
  return {
    async accountName(msisdn, { to, account }) {
      if ((await behaviourOf(msisdn)) === 'unreachable') return 'switched_off';
      return askAccountName(to, account);
    },
    async order(msisdn, { pin, ...order }) {
      const deadline = Deadline.in(ORDER_MS);
      const behaviour = await behaviourOf(msisdn);
      if (behaviour === 'unreachable') return 'switched_off';
      if (behaviour === 'pin-locked') return { outcome: 'pin_locked' };
      const outcome = await inTransaction(database, (client) => tryPin(client, msisdn, pin));
      if (outcome !== 'accepted') return { outcome };
      const payment = await take(msisdn, order, deadline);
      return { outcome: outcomeOf(payment), payment };
    },
  };
}

function outcomeOf({ resultCode }: OrderedPayment): 'paid' | 'refused' | 'pending' {
  if (resultCode === null) return 'pending';
  return resultCode === 0 ? 'paid' : 'refused';
}
