import { defineProduct, operation, type ProductDependencies } from '../../api/define-product.ts';
import { refusal } from '../../api/errors/forms.ts';
import { sendRefusal } from '../../api/request.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { shortCode } from '../../fields/digits.ts';
import { optional } from '../../fields/field.ts';
import { form } from '../../fields/form/form.ts';
import { msisdn } from '../../fields/msisdn.ts';
import { text } from '../../fields/text.ts';
import { occasion } from '../../requests/acceptance/fields.ts';
import { initiatorSample } from '../../requests/acceptance/sample.ts';
import { acknowledgement, requestTaker } from '../../requests/acceptance/take.ts';
import { afterReference, askedTransfer, beforeParties } from './fields.ts';
import { b2bForm } from './form.ts';
import { transfer, transferRefusal } from './pay.ts';
import { b2bResults } from './results.ts';
import { b2bCommands, roleOf } from './routes.ts';
import { b2bSettings } from './settings.ts';

const name = 'b2b';
const family = 'c2b';

export const b2bProduct = defineProduct({
  name,
  title: 'B2B',
  family,
  priority: 'money',
  settings: b2bSettings,
  results: b2bResults,
  settlement: {
    role: roleOf,
    form: b2bForm,
    refusal: transferRefusal,
    payment: transfer,
  },
  operations: {
    pay: operation({
      title: 'B2B',
      method: 'POST',
      paths: ['/mpesa/b2b/v1/paymentrequest'],
      authentication: 'bearer',
      request: form({
        ...beforeParties(b2bCommands, '4', '2'),
        PartyB: shortCode,
        AccountReference: optional(text(13), ''),
        Requester: optional(msisdn, ''),
        ...afterReference,
        Occassion: occasion,
      }),
      sample: {
        ...initiatorSample,
        CommandID: 'BusinessPayBill',
        SenderIdentifierType: '4',
        RecieverIdentifierType: '4',
        Amount: '239',
        PartyA: '600997',
        PartyB: '600000',
        AccountReference: '353353',
        Requester: '254708374149',
        Remarks: 'Invoice 353353',
      },
      acknowledgement,
      handler(deps: ProductDependencies<ApiSettings>) {
        const take = requestTaker(deps, { product: name, family });
        return async (read, request, reply) => {
          // A pay bill is paid to an account; others have none.
          if (read.CommandID === 'BusinessPayBill' && read.AccountReference === '')
            return sendRefusal(reply, refusal(family, 'invalidField', 'AccountReference'));
          return take(askedTransfer(read), request, reply);
        };
      },
    }),
  },
});
