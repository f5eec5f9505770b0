import { Type } from 'typebox';
import { defineProduct, operation } from '../../api/define-product.ts';
import { sendAnswer } from '../../api/look-up.ts';
import {
  customerNumber,
  customerSample,
  subscriberAcknowledgement,
  subscriberAnswer,
} from '../../api/subscriber-answer.ts';
import { subscriberOf } from '../../parties/subscribers.ts';
import { registrationOf } from '../sim-swap/dates.ts';

/** Since when a number is in use. Known from SDKs alone: the form of its date is a default taken. */
export const ageOnNetworkProduct = defineProduct({
  name: 'age-on-network',
  title: 'Age on network',
  family: 'subscriber',
  priority: 'query',
  operations: {
    check: operation({
      title: 'Age on network',
      method: 'POST',
      paths: ['/registration/lookup/v1/checkATI'],
      authentication: 'bearer',
      request: customerNumber,
      sample: customerSample,
      acknowledgement: subscriberAcknowledgement({
        msisdnRegistrationDate: Type.String({ description: '`DD-MM-YYYY`' }),
        customerNumber: Type.String(),
      }),
      handler() {
        return async (read, _request, reply) => {
          const subscriber = subscriberOf(read.customerNumber);
          return sendAnswer(
            reply,
            subscriberAnswer({
              msisdnRegistrationDate: registrationOf(subscriber),
              customerNumber: subscriber.msisdn,
            }),
          );
        };
      },
    }),
  },
});
