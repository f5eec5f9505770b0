import { defineProduct, operation } from '../../api/define-product.ts';
import { calculateAnswer, calculatePoints, calculateRequest } from './calculate.ts';
import { redeemAsks, redeemPayment, redeemRefusal } from './pay.ts';
import { redeemAnswer, redeemPoints, redeemRequest, redeemSample } from './redeem.ts';
import { bongaResults } from './results.ts';
import { bongaSettings } from './settings.ts';

/** Loyalty points in place of money. */
export const bongaProduct = defineProduct({
  name: 'bonga',
  title: 'Lipa na Bonga',
  family: 'bonga',
  priority: 'money',
  settings: bongaSettings,
  results: bongaResults,
  settlement: {
    role: null,
    // The merchant gets one callback, the confirmation of C2B, with the money.
    form: { body: () => undefined },
    asks: redeemAsks,
    refusal: redeemRefusal,
    payment: redeemPayment,
  },
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
    redeem: operation({
      title: 'Lipa na Bonga: points pay a bill',
      method: 'POST',
      paths: ['/v1/lipa/na/bonga/redeem-paybill'],
      authentication: 'bearer',
      request: redeemRequest,
      sample: redeemSample,
      acknowledgement: redeemAnswer,
      handler: redeemPoints,
    }),
  },
});
