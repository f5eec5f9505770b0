import { hash } from 'node:crypto';
import { eatTimestamp } from '../../fields/times/east-africa-time.ts';
import { subscriberOf } from '../../parties/subscribers.ts';
import type { NumberedPayment, Registration } from '../../payments/types.ts';
import { decimal } from '../../results/text.ts';

type Told = Pick<
  NumberedPayment,
  | 'kind'
  | 'receipt'
  | 'acceptedAt'
  | 'amountCents'
  | 'payee'
  | 'accountReference'
  | 'thirdPartyTransId'
  | 'msisdn'
>;

/**
 * What a merchant is sent of a payment: the same to its ValidationURL, before the money moves, and to its
 * ConfirmationURL. All values are text. Version 1 and 2 differ in how they show the payer alone.
 * `balanceCents`: of the utility account, after it; blank in a validation.
 */
export function notification(payment: Told, { version }: Registration, balanceCents?: bigint): string {
  const { kind, receipt, acceptedAt, amountCents, payee, accountReference, thirdPartyTransId, msisdn } =
    payment;
  return JSON.stringify({
    // Some production tills are said to report `Customer Merchant Payment`: a default taken.
    TransactionType: kind === 'buy_goods' ? 'Buy Goods' : 'Pay Bill',
    TransID: receipt,
    TransTime: eatTimestamp(acceptedAt.getTime()),
    TransAmount: decimal(amountCents),
    // Of a till its own number, whichever registered: a default taken.
    BusinessShortCode: payee,
    BillRefNumber: accountReference,
    InvoiceNumber: '',
    OrgAccountBalance: balanceCents === undefined ? '' : decimal(balanceCents),
    ThirdPartyTransID: thirdPartyTransId,
    MSISDN: version === 1 ? hashed(msisdn) : masked(msisdn),
    // The newest sample has the first name alone.
    FirstName: subscriberOf(msisdn).names.first,
    MiddleName: '',
    LastName: '',
  });
}

/** SHA-256, 64 hexadecimal digits. */
function hashed(msisdn: string): string {
  return hash('sha256', msisdn, 'hex');
}

/** `2547 ***** 126` */
function masked(msisdn: string): string {
  return `${msisdn.slice(0, 4)} ***** ${msisdn.slice(-3)}`;
}
