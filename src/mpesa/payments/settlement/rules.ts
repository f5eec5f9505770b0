import { LEAST_WITHDRAWAL_SHILLINGS } from '../../parties/charges/customer-charges.ts';
import { amountOutside } from '../../parties/limits.ts';
import { subscriberOf } from '../../parties/subscribers.ts';
import type { Result } from '../../results/codes.ts';
import { paymentResults } from '../results.ts';
import type { OpenPayment } from '../types.ts';
import type { CustomerRules } from './money.ts';

/** Why a payment is refused before anybody is asked; `undefined`: it is not. */
export function refusalOf(payment: OpenPayment, rules: CustomerRules): Result | undefined {
  const { kind, payee, msisdn, amountCents } = payment;
  if (!hasPayee(payment) || payee === msisdn) return paymentResults.noPayee;
  const least = kind === 'withdraw' ? LEAST_WITHDRAWAL_SHILLINGS : rules.minAmountShillings;
  const outside = amountOutside(amountCents, { ...rules, minAmountShillings: least });
  if (outside !== undefined)
    return outside === 'below' ? paymentResults.belowMinimum : paymentResults.aboveMaximum;
  const isCustomer = kind === 'send_money' || kind === 'pochi';
  return isCustomer && !subscriberOf(payee).registered ? paymentResults.unregistered : undefined;
}

/**
 * A till is no pay bill, nor a pay bill a till. The API's simulation does not ask: the vendor's sandbox gives
 * short codes that take both.
 */
function hasPayee({ kind, source, payeeKind, payeeName }: OpenPayment): boolean {
  switch (kind) {
    case 'pay_bill':
      return payeeKind === 'paybill' || (source === 'simulate' && payeeKind !== null);
    case 'buy_goods':
      return payeeKind === 'till' || (source === 'simulate' && payeeKind !== null);
    case 'withdraw':
      return payeeName !== null;
    case 'send_money':
    case 'pochi':
      return true;
    default:
      return kind satisfies never;
  }
}
