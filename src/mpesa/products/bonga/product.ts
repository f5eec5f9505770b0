import { defineProduct, operation } from '../../api/define-product.ts';
import { calculateAnswer, calculatePoints, calculateRequest } from './calculate.ts';
import { bongaSettings } from './settings.ts';

/** Loyalty points in place of money. */
export const bongaProduct = defineProduct({
  name: 'bonga',
  title: 'Lipa na Bonga',
  family: 'bonga',
  priority: 'query',
  settings: bongaSettings,
  operations: {
    calculate: operation({
      title: 'Lipa na Bonga: what points are worth',
      method: 'POST',
      paths: ['/v1/lipa/na/bonga/calculate-points'],
      authentication: 'bearer',
      request: calculateRequest,
      sample: { points: '40' },
      acknowledgement: calculateAnswer,
      handler: calculatePoints,
    }),
  },
});
