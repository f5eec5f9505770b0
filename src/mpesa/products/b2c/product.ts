import { defineProduct, operation, type ProductDependencies } from '../../api/define-product.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { form } from '../../fields/form/form.ts';
import { acknowledgement, duplicateOriginator, requestTaker } from '../../requests/acceptance/take.ts';
import { askedPayout, optionalOriginatorId, originatorId, payerName, payoutFields } from './fields.ts';
import { b2cForm } from './form.ts';
import { payout, payoutRefusal } from './pay.ts';
import { b2cResults } from './results.ts';
import { payoutSample } from './sample.ts';
import { b2cSettings } from './settings.ts';

const name = 'b2c';
const family = 'b2c';
const commands = ['SalaryPayment', 'BusinessPayment', 'PromotionPayment'] as const;

const taker = (deps: ProductDependencies<ApiSettings>) => requestTaker(deps, { product: name, family });

export const b2cProduct = defineProduct({
  name,
  title: 'B2C',
  family,
  priority: 'money',
  settings: b2cSettings,
  errors: { duplicateOriginator: duplicateOriginator(family) },
  results: b2cResults,
  settlement: {
    role: 'ORG B2C API Initiator',
    form: b2cForm,
    refusal: payoutRefusal,
    payment: payout,
  },
  operations: {
    pay: operation({
      title: 'B2C',
      method: 'POST',
      paths: ['/mpesa/b2c/v3/paymentrequest'],
      authentication: 'bearer',
      request: form({
        InitiatorName: payerName,
        OriginatorConversationID: originatorId,
        ...payoutFields(commands),
      }),
      sample: { ...payoutSample, OriginatorConversationID: '600999_refund_17' },
      acknowledgement,
      handler(deps: ProductDependencies<ApiSettings>) {
        const take = taker(deps);
        return (read, request, reply) => take(askedPayout(read), request, reply);
      },
    }),
    payV1: operation({
      title: 'B2C, version 1',
      method: 'POST',
      paths: ['/mpesa/b2c/v1/paymentrequest'],
      authentication: 'bearer',
      request: form({
        InitiatorName: payerName,
        OriginatorConversationID: optionalOriginatorId,
        ...payoutFields(commands),
      }),
      sample: payoutSample,
      acknowledgement,
      handler(deps: ProductDependencies<ApiSettings>) {
        const take = taker(deps);
        return (read, request, reply) => take(askedPayout(read), request, reply);
      },
    }),
  },
});
