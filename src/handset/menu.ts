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

export interface Menu {
  order(msisdn: string, order: Order & { readonly pin: string }): Promise<Ordered | 'switched_off'>;
}

/** A merchant may take 8 s to validate. */
const ORDER_MS = 12_000;

/** The menu of the simulated phones: the PIN is asked here, everything else elsewhere. */
export function createMenu({
  database,
  settings,
  take,
}: {
  database: Database;
  settings: () => HandsetSettings;
  take: TakeOrder;
}): Menu {
  return {
    async order(msisdn, { pin, ...order }) {
      const deadline = Deadline.in(ORDER_MS);
      const phone = (await readPhones(database, [msisdn], settings())).get(msisdn);
      if (phone?.behaviour === 'unreachable') return 'switched_off';
      if (phone?.behaviour === 'pin-locked') return { outcome: 'pin_locked' };
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
