import { defineProduct, operation, type ProductDependencies } from '../../api/define-product.ts';
import { refusal } from '../../api/errors/forms.ts';
import { sendRefusal } from '../../api/request.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { choice } from '../../fields/choice.ts';
import { digits } from '../../fields/digits.ts';
import { optional } from '../../fields/field.ts';
import { form } from '../../fields/form/form.ts';
import { text } from '../../fields/text.ts';
import {
  identifierType,
  initiator,
  initiatorsPart,
  occasion,
  remarks,
  requestUrl,
  securityCredential,
} from '../../requests/acceptance/fields.ts';
import { initiatorSample } from '../../requests/acceptance/sample.ts';
import { acknowledgement, requestTaker } from '../../requests/acceptance/take.ts';
import type { ResultForm } from '../../results/envelope.ts';
import { transactionStatus } from './answer.ts';
import { statusResults } from './results.ts';

const name = 'transaction-status';
const family = 'c2b';

/** As the vendor's samples have it: numbers, and `Occasion` echoed; without a value where there was none. */
const statusForm: ResultForm = {
  success: 'number',
  failure: () => [],
  reference: ({ details: { Occasion = '' } }) => [
    { Key: 'Occasion', ...(Occasion !== '' && { Value: Occasion }) },
  ],
};

const id = optional(text(100), '');

export const transactionStatusProduct = defineProduct({
  name,
  title: 'Transaction status',
  family,
  priority: 'query',
  results: statusResults,
  settlement: { role: 'Transaction Status query ORG API', form: statusForm, answer: transactionStatus },
  operations: {
    query: operation({
      title: 'Transaction status',
      method: 'POST',
      paths: ['/mpesa/transactionstatus/v1/query'],
      authentication: 'bearer',
      request: form({
        Initiator: initiator,
        SecurityCredential: securityCredential,
        CommandID: choice(['TransactionStatusQuery']),
        TransactionID: id,
        // The page of today has the first name, the older one the second.
        OriginalConversationID: id,
        OriginatorConversationID: id,
        PartyA: digits(5, 12),
        IdentifierType: identifierType('1', '2', '4'),
        ResultURL: requestUrl,
        QueueTimeOutURL: requestUrl,
        Remarks: remarks,
        Occasion: occasion,
      }),
      sample: {
        ...initiatorSample,
        CommandID: 'TransactionStatusQuery',
        TransactionID: 'UKN0G4HJ1K',
        PartyA: '600782',
        IdentifierType: '4',
        Remarks: 'Paid or not',
        Occasion: 'Order 17',
      },
      acknowledgement,
      handler(deps: ProductDependencies<ApiSettings>) {
        const take = requestTaker(deps, { product: name, family });
        return async (read, request, reply) => {
          const { TransactionID, OriginalConversationID, OriginatorConversationID } = read;
          const conversationId = OriginalConversationID || OriginatorConversationID;
          if (TransactionID === '' && conversationId === '')
            return sendRefusal(reply, refusal(family, 'invalidField', 'TransactionID'));
          return take(
            {
              shortCode: read.PartyA,
              initiator: read.Initiator,
              ...initiatorsPart(read),
              details: {
                IdentifierType: read.IdentifierType,
                TransactionID,
                conversationId,
                Occasion: read.Occasion,
              },
            },
            request,
            reply,
          );
        };
      },
    }),
  },
});
