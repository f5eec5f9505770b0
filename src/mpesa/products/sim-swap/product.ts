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
import { lastSwap, registrationOf } from './dates.ts';
import { type SimSwapSettings, simSwapSettings } from './settings.ts';

/** When a number's SIM was last swapped: asked before a number is trusted with money. */
export const simSwapProduct = defineProduct({
  name: 'sim-swap',
  title: 'SIM swap',
  family: 'subscriber',
  priority: 'query',
  settings: simSwapSettings,
  operations: {
    check: operation({
      title: 'SIM swap',
      method: 'POST',
      paths: ['/imsi/v2/checkATI'],
      authentication: 'bearer',
      request: customerNumber,
      sample: customerSample,
      acknowledgement: subscriberAcknowledgement({
        lastSwapDate: Type.String({ description: '`DD-MM-YYYY HH:mm`; `01-01-1900 00:00`: none lately.' }),
        msisdnRegistrationDate: Type.Optional(Type.String({ description: '`DD-MM-YYYY`' })),
      }),
      handler({ settings, clock }: ProductDependencies<{ simSwap: SimSwapSettings }>) {
        return async (read, _request, reply) => {
          const { simSwap } = settings();
          const subscriber = subscriberOf(read.customerNumber);
          return sendAnswer(
            reply,
            subscriberAnswer({
              lastSwapDate: lastSwap(subscriber, clock.now(), simSwap).minute,
              ...(simSwap.withRegistration && { msisdnRegistrationDate: registrationOf(subscriber) }),
            }),
          );
        };
      },
    }),
  },
});
