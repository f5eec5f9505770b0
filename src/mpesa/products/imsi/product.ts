import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import { defineProduct, operation, type ProductDependencies } from '../../api/define-product.ts';
import { sendAnswer } from '../../api/look-up.ts';
import {
  customerNumber,
  customerSample,
  subscriberAcknowledgement,
  subscriberAnswer,
} from '../../api/subscriber-answer.ts';
import { subscriberOf } from '../../parties/subscribers.ts';
import { lastSwap, registrationOf } from '../sim-swap/dates.ts';
import type { SimSwapSettings } from '../sim-swap/settings.ts';

/**
 * A subscriber's IMSI, hashed, with the dates of swap and registration. Of the third version nothing but its
 * path is known: it answers as the first does, which is a default taken. The second one's path is that of SIM
 * swap.
 */
export const imsiProduct = defineProduct({
  name: 'imsi',
  title: 'IMSI',
  family: 'subscriber',
  priority: 'query',
  operations: {
    check: operation({
      title: 'IMSI',
      method: 'POST',
      paths: ['/imsi/v1/checkATI', '/imsi/v3/checkATI'],
      authentication: 'bearer',
      request: customerNumber,
      sample: customerSample,
      acknowledgement: subscriberAcknowledgement({
        imsi: Type.String({ description: 'A number that stands for the IMSI.' }),
        lastSwapDate: Type.String({ description: '`DD-MM-YYYY`; `01-01-1900`: none lately.' }),
        msisdnRegistrationDate: Type.String({ description: '`DD-MM-YYYY`' }),
        customerNumber: Type.String(),
      }),
      handler({ settings, clock }: ProductDependencies<{ simSwap: SimSwapSettings }>) {
        return async (read, _request, reply) => {
          const now = clock.now();
          const subscriber = subscriberOf(read.customerNumber);
          return sendAnswer(
            reply,
            subscriberAnswer({
              imsi: hashed(subscriber.imsi(now)),
              lastSwapDate: lastSwap(subscriber, now, settings().simSwap).day,
              msisdnRegistrationDate: registrationOf(subscriber),
              customerNumber: subscriber.msisdn,
            }),
          );
        };
      },
    }),
  },
});

/** 16 digits, as the sample has them: the same for the same card, and another after a swap. */
function hashed(imsi: string): string {
  const digest = createHash('sha256').update(`imsi\n${imsi}`).digest().readBigUInt64BE(0);
  return String((digest % 9_000_000_000_000_000n) + 1_000_000_000_000_000n);
}
