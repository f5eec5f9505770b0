import type { Refusal } from '../../../serving/types.ts';
import type { Cause } from '../../api/errors/failures.ts';
import type { OwnError } from '../../api/errors/own-error.ts';

const conflict = (text: string, kind: string, cause: Cause): OwnError => {
  return { status: 409, code: '409', text, form: 'billManager', blame: { fault: 'caller', kind }, cause };
};

/**
 * Which there are, the vendor's page says; the words of the first two and of the paid invoice too. Those of
 * the others, and that the status of HTTP is the rescode, are defaults taken.
 */
export const billErrors = {
  registered: conflict('Biller already Registered', 'biller_registered', [
    'The short code has opted in before.',
    'Use the app_key that was told then; change the details by `change-optin-details`.',
  ]),
  notABiller: conflict('Invalid consumer key/shortcode', 'not_a_biller', [
    'Nobody has the short code; or it has not opted in by this app; or the app_key is another’s, or is missing where the app has several short codes (`mpesa.billManager.appKey`).',
    'Opt in first; send the app_key of the short code.',
  ]),
  duplicate: conflict('Duplicate externalReference', 'duplicate_reference', [
    'An invoice of the short code has this externalReference, or two of one request have it. None of the request was taken.',
    'Give each invoice its own; cancel the first one to use its reference again.',
  ]),
  noInvoice: conflict('invoice does not exist.', 'no_invoice', [
    'No invoice of the short code has this externalReference, or it was cancelled.',
    'Send the externalReference that the invoice was sent with.',
  ]),
  noPayment: conflict('transaction does not exist.', 'no_payment', [
    'No payment to the short code has this receipt.',
    'Send the transactionId that was told to the callbackurl.',
  ]),
  reversed: conflict('transaction was reversed.', 'reversed_payment', [
    'What was paid went back to the customer: there is nothing to give a receipt for.',
    'Nothing: what the payment settled is owed again.',
  ]),
  paid: conflict('partially or fully paid invoices cannot be cancelled.', 'invoice_paid', [
    'Something was paid for the invoice.',
    'Nothing: it stays.',
  ]),
  paidUnchanged: conflict('partially or fully paid invoices cannot be changed.', 'invoice_paid', [
    'Something was paid for the invoice.',
    'Nothing: it stays; send another invoice for the rest.',
  ]),
} as const satisfies Record<string, OwnError>;

/** An invoice that stays as it is: `Status_Message` says why, as the vendor's sample has it. */
export function unmoved({ status, code, text, blame }: OwnError, errors: readonly object[] = []): Refusal {
  const body = { Status_Message: text, resmsg: 'Conflict', rescode: code, errors };
  return { status, body: JSON.stringify(body), ...blame };
}
