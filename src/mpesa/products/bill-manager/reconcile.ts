import { insertSms } from '../../../handset/sms.ts';
import { ownRefusal } from '../../api/errors/forms.ts';
import { done } from './answers.ts';
import { type BillDependencies, forBiller, Refused } from './billers/for-biller.ts';
import { billErrors } from './errors.ts';
import type { Reconciliation } from './fields.ts';
import { receiptText } from './texts.ts';

/**
 * `POST /v1/billmanager-invoice/reconciliation`: the biller acknowledges a payment, and its customer gets the
 * receipt, once however often it is acknowledged; of a payment that was reversed there is none. That the
 * payment must be one of the biller's, and that the other fields are for the receipt alone, are defaults
 * taken.
 */
export function reconcile(deps: BillDependencies) {
  const { clock, newId } = deps;
  return forBiller<Reconciliation>(deps, async (client, biller, read) => {
    const at = new Date(clock.now());
    const { rows } = await client.query<{ isNew: boolean; isReversed: boolean }>({
      name: 'bill_acknowledge',
      text: `with payment as (
          select id, acknowledged_at from mpesa.bill_payment where receipt = $1 and short_code = $2 for no key update)
        update mpesa.bill_payment told set acknowledged_at = coalesce(told.acknowledged_at, $3)
        from payment where told.id = payment.id returning payment.acknowledged_at is null as "isNew",
          exists (select from mpesa.bill_reversal where payment_id = told.id) as "isReversed"`,
      values: [read.transactionId, biller.shortCode, at],
    });
    const [payment] = rows;
    if (payment === undefined) throw new Refused(ownRefusal(billErrors.noPayment));
    if (payment.isReversed) throw new Refused(ownRefusal(billErrors.reversed));
    const { phoneNumber: msisdn } = read;
    if (payment.isNew)
      await insertSms(client, [{ id: newId(), msisdn, text: receiptText(biller, read), at }]);
    return done;
  });
}
