import type { Static } from 'typebox';
import type { Finding } from '../../config/check/problem.ts';
import { productNames } from '../../mpesa/catalogue.ts';
import { servingSettings } from '../../serving/settings.ts';
import { unless } from './relation.ts';

export const serving = servingSettings(productNames);

type Serving = Static<typeof serving>;

export function servingRelations(settings: Serving): Finding[] {
  const { queue, limits, maxInFlight } = settings;
  return [
    ...productRelations(settings),
    ...unless(settings.product.minInFlight <= maxInFlight, {
      path: ['serving', 'maxInFlight'],
      reason: `is below product.minInFlight (${settings.product.minInFlight}), which one product may always have`,
      advice: 'raise it',
    }),
    ...unless(queue.overloadedMaxAgeMs <= queue.maxAgeMs, {
      path: ['serving', 'queue', 'overloadedMaxAgeMs'],
      reason: `is above maxAgeMs (${queue.maxAgeMs}): requests would wait longer under overload than without`,
      advice: 'lower it',
    }),
    ...unless(limits.headersTimeoutMs <= limits.requestTimeoutMs, {
      path: ['serving', 'limits', 'headersTimeoutMs'],
      reason: `is above requestTimeoutMs (${limits.requestTimeoutMs}), which it is a part of`,
      advice: 'lower it',
    }),
  ];
}

/** Of what all products have, and of each that has something of its own. */
function productRelations({ product, products, queue }: Serving): Finding[] {
  return Object.entries({ '': {}, ...products }).flatMap(([name, own]): Finding[] => {
    const { minInFlight, maxInFlight, deadlineMs } = { ...product, ...own };
    const path = (key: string) => (name === '' ? ['serving', 'product', key] : ['serving', 'products', name]);
    return [
      ...unless(minInFlight <= maxInFlight, {
        path: path('minInFlight'),
        reason: `minInFlight (${minInFlight}) is above maxInFlight (${maxInFlight})`,
        advice: 'lower minInFlight',
      }),
      ...unless(queue.maxAgeMs < deadlineMs, {
        path: path('deadlineMs'),
        reason: `deadlineMs (${deadlineMs}) is not above queue.maxAgeMs (${queue.maxAgeMs}): a request could wait for its whole time`,
        advice: 'raise it, or let requests wait less',
      }),
    ];
  });
}
