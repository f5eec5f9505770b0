import { Type } from 'typebox';
import { defineProduct, operation, type ProductDependencies } from '../../api/define-product.ts';
import { sendAnswer } from '../../api/look-up.ts';
import { subscriberAcknowledgement, subscriberAnswer } from '../../api/subscriber-answer.ts';
import { choice } from '../../fields/choice.ts';
import { shortCode } from '../../fields/digits.ts';
import { form } from '../../fields/form/form.ts';
import { msisdn } from '../../fields/msisdn.ts';
import { text } from '../../fields/text.ts';
import { subscriberOf } from '../../parties/subscribers.ts';
import { type KycSettings, kycSettings } from './settings.ts';

/**
 * Whether a number is registered with a document. Nothing of the person is shown. The answer's form is known
 * from SDKs alone: a default taken.
 */
export const kycProduct = defineProduct({
  name: 'kyc',
  title: 'Mobile number validation',
  family: 'subscriber',
  priority: 'query',
  settings: kycSettings,
  operations: {
    validateId: operation({
      title: 'Mobile number validation (KYC)',
      method: 'POST',
      paths: ['/v1/KYC-validation/validateID'],
      authentication: 'bearer',
      request: form({
        requestRefID: text(100),
        shortCode,
        msisdn,
        // 01 national id, 02 military id, 05 passport
        idType: choice(['01', '02', '05']),
        idNumber: text(20),
      }),
      sample: {
        requestRefID: 'mnv-1748933384',
        shortCode: '174379',
        msisdn: '254712345678',
        idType: '01',
        idNumber: '34438550',
      },
      acknowledgement: subscriberAcknowledgement({
        match: Type.Union([Type.Boolean(), Type.Enum(['TRUE', 'FALSE'])]),
      }),
      handler({ settings }: ProductDependencies<{ kyc: KycSettings }>) {
        return async ({ requestRefID, msisdn: number, idType, idNumber }, _request, reply) => {
          const { document } = subscriberOf(number);
          const match = document.type === idType && document.number === idNumber.trim().toUpperCase();
          const told = settings().kyc.matchAs === 'text' ? String(match).toUpperCase() : match;
          return sendAnswer(reply, subscriberAnswer({ requestRefID, match: told }));
        };
      },
    }),
  },
});
