import { shillingsToCents } from '../../../parties/accounts.ts';
import { type StkResult, stkResults } from '../results.ts';
import type { BalanceItem } from './result.ts';
import type { OpenPush } from './rows.ts';

/** What a release decides about the settlement of pushes; shillings are whole. */
export interface StkSettlementSettings {
  minAmountShillings: number;
  maxAmountShillings: number;
  /** What a customer may send on one day in East Africa. */
  dailyLimitShillings: number;
  /** The same amount by the same customer to the same short code within it is result 17; 0: off. The vendor's: 120,000. */
  repeatedAmountWindowMs: number;
  /** The callback of a push that nobody answered leaves no earlier than this after the push, as the vendor's does. */
  noAnswerCallbackAfterMs: number;
  balanceItem: BalanceItem;
  /** What a payment costs the customer: the first band that reaches its amount. Empty: nothing. */
  customerTariff: readonly { upToShillings: number; feeCents: number }[];
}

export const defaultStkSettlementSettings: StkSettlementSettings = {
  minAmountShillings: 1,
  maxAmountShillings: 250_000,
  dailyLimitShillings: 500_000,
  repeatedAmountWindowMs: 0,
  noAnswerCallbackAfterMs: 26_000,
  balanceItem: 'without_value',
  customerTariff: [],
};

/** Why a push never reaches the phone; `undefined`: it does. `repeated`: see `repeatedAmountWindowMs`. */
export function refusalBeforePrompt(
  push: OpenPush,
  repeated: boolean,
  { minAmountShillings, maxAmountShillings }: StkSettlementSettings,
): StkResult | undefined {
  if (!isPermitted(push)) return stkResults.notPermitted;
  if (push.amountCents < shillingsToCents(minAmountShillings)) return stkResults.belowMinimum;
  if (push.amountCents > shillingsToCents(maxAmountShillings)) return stkResults.aboveMaximum;
  return repeated ? stkResults.repeatedAmount : undefined;
}

/** The short code must have STK push; a pay bill is paid under its own number, and never as a till nor a till as a pay bill. */
function isPermitted({ transactionType, shortCode, partyB, payeeKind, products }: OpenPush) {
  if (!products.includes('stk')) return false;
  return transactionType === 'CustomerBuyGoodsOnline'
    ? payeeKind !== 'paybill'
    : payeeKind === 'paybill' && partyB === shortCode;
}

/** Whether a till push has somebody to pay: PartyB is a till of that store. Asked when the subscriber has said yes. */
export function hasOperator({ transactionType, shortCode, payeeKind, payeeHeadOffice }: OpenPush): boolean {
  if (transactionType !== 'CustomerBuyGoodsOnline') return true;
  return payeeKind === 'till' && payeeHeadOffice === shortCode;
}

export function feeOf(amountCents: bigint, { customerTariff }: StkSettlementSettings): bigint {
  const band = customerTariff.find(({ upToShillings }) => amountCents <= shillingsToCents(upToShillings));
  return BigInt(band?.feeCents ?? 0);
}
