import { defineProduct, operation, type ProductDependencies } from '../../api/define-product.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { form } from '../../fields/form/form.ts';
import { acknowledgement, duplicateOriginator, requestTaker } from '../../requests/acceptance/take.ts';
import { askedPayout, originatorId, payerName, payoutFields } from '../b2c/fields.ts';
import { b2cForm } from '../b2c/form.ts';
import { POCHI, payout, payoutRefusal } from '../b2c/pay.ts';
import { b2cResults } from '../b2c/results.ts';
import { payoutSample } from '../b2c/sample.ts';

const name = 'b2pochi';
const family = 'b2c';

/** A payment to a customer's Pochi la Biashara: B2C by another name, into another wallet. */
export const b2pochiProduct = defineProduct({
  name,
  title: 'B2C to Pochi',
  family,
  priority: 'money',
  errors: { duplicateOriginator: duplicateOriginator(family) },
  results: b2cResults,
  settlement: { role: 'ORG B2C API Initiator', form: b2cForm, refusal: payoutRefusal, payment: payout },
  operations: {
    pay: operation({
      title: 'B2C to Pochi',
      method: 'POST',
      paths: ['/mpesa/b2pochi/v1/paymentrequest'],
      authentication: 'bearer',
      request: form({
        InitiatorName: payerName,
        OriginatorConversationID: originatorId,
        ...payoutFields([POCHI]),
      }),
      sample: {
        ...payoutSample,
        CommandID: POCHI,
        OriginatorConversationID: '600999_pochi_17',
      },
      acknowledgement,
      handler(deps: ProductDependencies<ApiSettings>) {
        const take = requestTaker(deps, { product: name, family });
        return (read, request, reply) => take(askedPayout(read), request, reply);
      },
    }),
  },
});
