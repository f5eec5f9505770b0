import { Type } from 'typebox';
import { defineProduct, operation, type ProductDependencies } from '../../api/define-product.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { type Field, written } from '../../fields/field.ts';
import { form } from '../../fields/form/form.ts';
import { text } from '../../fields/text.ts';
import { taxAuthority } from '../../parties/sandbox.ts';
import { initiatorSample } from '../../requests/acceptance/sample.ts';
import { acknowledgement, requestTaker } from '../../requests/acceptance/take.ts';
import { afterReference, askedTransfer, beforeParties } from '../b2b/fields.ts';
import { b2bForm } from '../b2b/form.ts';
import { transfer, transferRefusal } from '../b2b/pay.ts';
import { b2bResults } from '../b2b/results.ts';
import { taxRoute } from '../b2b/routes.ts';

const name = 'tax-remittance';
const family = 'c2b';

const taxPayee: Field<string> = {
  schema: Type.String({ const: taxAuthority.shortCode }),
  read: (value) => (written(value) === taxAuthority.shortCode ? taxAuthority.shortCode : undefined),
};

/** B2B to one receiver, with the number of a payment registration (PRN) as its reference. */
export const taxRemittanceProduct = defineProduct({
  name,
  title: 'Tax remittance',
  family,
  priority: 'money',
  results: b2bResults,
  settlement: { role: taxRoute.role, form: b2bForm, refusal: transferRefusal, payment: transfer },
  operations: {
    pay: operation({
      title: 'Tax remittance',
      method: 'POST',
      paths: ['/mpesa/b2b/v1/remittax'],
      authentication: 'bearer',
      request: form({
        ...beforeParties(['PayTaxToKRA'], '4'),
        PartyB: taxPayee,
        AccountReference: text(),
        ...afterReference,
      }),
      sample: {
        ...initiatorSample,
        CommandID: 'PayTaxToKRA',
        SenderIdentifierType: '4',
        RecieverIdentifierType: '4',
        Amount: '239',
        PartyA: '600997',
        PartyB: '572572',
        AccountReference: '353353',
        Remarks: 'Tax of October',
      },
      acknowledgement,
      handler(deps: ProductDependencies<ApiSettings>) {
        const take = requestTaker(deps, { product: name, family });
        return (read, request, reply) => take(askedTransfer(read), request, reply);
      },
    }),
  },
});
