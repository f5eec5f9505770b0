import { amountOutside } from '../../../parties/limits.ts';
import { type StkResult, stkResults } from '../results.ts';
import type { StkSettings } from '../settings.ts';
import type { OpenPush } from './rows.ts';

/** Why a push never reaches the phone; `undefined`: it does. `repeated`: see `repeatedAmountWindowMs`. */
export function refusalBeforePrompt(
  push: OpenPush,
  repeated: boolean,
  limits: StkSettings,
): StkResult | undefined {
  if (!isPermitted(push)) return stkResults.notPermitted;
  const outside = amountOutside(push.amountCents, limits);
  if (outside !== undefined) return outside === 'below' ? stkResults.belowMinimum : stkResults.aboveMaximum;
  return repeated ? stkResults.repeatedAmount : undefined;
}

/**
 * The short code must have STK push; a pay bill is paid under its own number, and never as a till nor a till
 * as a pay bill.
 */
function isPermitted({ transactionType, shortCode, partyB, payeeKind, products }: OpenPush) {
  if (!products.includes('stk')) return false;
  return transactionType === 'CustomerBuyGoodsOnline'
    ? payeeKind !== 'paybill'
    : payeeKind === 'paybill' && partyB === shortCode;
}

/**
 * Whether a till push has somebody to pay: PartyB is a till of that store. Asked when the subscriber has said
 * yes.
 */
export function hasOperator({ transactionType, shortCode, payeeKind, payeeHeadOffice }: OpenPush): boolean {
  if (transactionType !== 'CustomerBuyGoodsOnline') return true;
  return payeeKind === 'till' && payeeHeadOffice === shortCode;
}
