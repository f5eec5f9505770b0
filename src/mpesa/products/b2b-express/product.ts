import { Type } from 'typebox';
import { defineProduct, operation, type ProductDependencies } from '../../api/define-product.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { shortCode } from '../../fields/digits.ts';
import { form } from '../../fields/form/form.ts';
import { wholeShillings } from '../../fields/shillings.ts';
import { text } from '../../fields/text.ts';
import { requestUrl } from '../../requests/acceptance/fields.ts';
import { requestTaker } from '../../requests/acceptance/take.ts';
import { EXPRESS } from '../b2b/routes.ts';
import { expressAsks, expressPayment, expressRefusal } from './asks.ts';
import { expressForm } from './form.ts';
import { b2bExpressResults } from './results.ts';
import { expressSample } from './sample.ts';
import { b2bExpressSettings } from './settings.ts';

const name = 'b2b-express';
const family = 'stk';

/** A vendor asks another merchant for money: on the phone of that merchant, who types operator id and PIN. */
export const b2bExpressProduct = defineProduct({
  name,
  title: 'B2B Express',
  family,
  priority: 'money',
  settings: b2bExpressSettings,
  results: b2bExpressResults,
  settlement: {
    role: null,
    form: expressForm,
    asks: expressAsks,
    refusal: expressRefusal,
    payment: expressPayment,
  },
  operations: {
    push: operation({
      title: 'B2B Express (USSD push to till)',
      method: 'POST',
      paths: ['/v1/ussdpush/get-msisdn'],
      authentication: 'bearer',
      request: form(
        {
          /** The till that pays. */
          primaryShortCode: shortCode,
          /** The vendor's pay bill. */
          receiverShortCode: shortCode,
          amount: wholeShillings,
          paymentRef: text(100),
          callbackUrl: requestUrl,
          /** What the merchant knows the vendor as. */
          partnerName: text(100),
          RequestRefID: text(100),
        },
        // The sample has the first spelling, the table of the same page the second.
        { spellings: { RequestRefID: ['RequestRefId'] } },
      ),
      sample: expressSample,
      acknowledgement: Type.Object({ code: Type.Literal('0'), status: Type.String() }),
      handler(deps: ProductDependencies<ApiSettings>) {
        const answer = () => ({ code: '0', status: 'USSD Initiated Successfully' });
        const take = requestTaker(deps, { product: name, family, answer });
        return (read, request, reply) =>
          take(
            {
              shortCode: read.primaryShortCode,
              initiator: '',
              securityCredential: '',
              resultUrl: read.callbackUrl,
              queueTimeoutUrl: read.callbackUrl,
              details: {
                CommandID: EXPRESS,
                PartyB: read.receiverShortCode,
                RecieverIdentifierType: '4',
                AccountReference: read.paymentRef,
                amountCents: String(read.amount),
                partnerName: read.partnerName,
                requestRef: read.RequestRefID,
              },
            },
            request,
            reply,
          );
      },
    }),
  },
});
