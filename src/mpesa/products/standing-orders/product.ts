import { defineProduct, operation } from '../../api/define-product.ts';
import { createStandingOrder } from './create.ts';
import { orderAnswer, orderRequest, orderSample } from './request.ts';
import { standingOrderResults } from './results.ts';
import { standingOrdersSettlement } from './run.ts';
import { standingOrderSettings } from './settings.ts';

/** Ratiba: a customer says yes once, and pays on many days. */
export const standingOrdersProduct = defineProduct({
  name: 'standing-orders',
  title: 'Ratiba standing order',
  family: 'ratiba',
  priority: 'money',
  settings: standingOrderSettings,
  results: standingOrderResults,
  settlement: standingOrdersSettlement,
  operations: {
    create: operation({
      title: 'Ratiba standing order',
      method: 'POST',
      paths: ['/standingorder/v1/createStandingOrderExternal'],
      authentication: 'bearer',
      request: orderRequest,
      sample: orderSample,
      acknowledgement: orderAnswer,
      handler: createStandingOrder,
    }),
  },
});
