import { defineProduct, operation, type ProductDependencies } from '../../api/define-product.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { choice } from '../../fields/choice.ts';
import { shortCode } from '../../fields/digits.ts';
import { form } from '../../fields/form/form.ts';
import { wholeShillings } from '../../fields/shillings.ts';
import { text } from '../../fields/text.ts';
import {
  identifierType,
  initiator,
  initiatorsPart,
  occasion,
  remarksOfTwo,
  requestUrl,
  securityCredential,
} from '../../requests/acceptance/fields.ts';
import { initiatorSample } from '../../requests/acceptance/sample.ts';
import { acknowledgement, requestTaker } from '../../requests/acceptance/take.ts';
import { reversalForm } from './form.ts';
import { reversalResults } from './results.ts';
import { reversal, reversalRefusal } from './reverse.ts';
import { reversalSettings } from './settings.ts';

const name = 'reversal';
const family = 'stk';

export const reversalProduct = defineProduct({
  name,
  title: 'Reversal',
  family,
  priority: 'money',
  settings: reversalSettings,
  results: reversalResults,
  settlement: {
    role: 'Org Reversals Initiator',
    form: reversalForm,
    refusal: reversalRefusal,
    payment: reversal,
  },
  operations: {
    reverse: operation({
      title: 'Reversal',
      method: 'POST',
      paths: ['/mpesa/reversal/v1/request'],
      authentication: 'bearer',
      request: form({
        // Missed first by a body without fields, as it was seen; only so misspelled.
        RecieverIdentifierType: identifierType('11'),
        Initiator: initiator,
        SecurityCredential: securityCredential,
        CommandID: choice(['TransactionReversal']),
        TransactionID: text(20),
        Amount: wholeShillings,
        ReceiverParty: shortCode,
        ResultURL: requestUrl,
        QueueTimeOutURL: requestUrl,
        Remarks: remarksOfTwo,
        Occasion: occasion,
      }),
      sample: {
        ...initiatorSample,
        CommandID: 'TransactionReversal',
        TransactionID: 'UKN0G4HJ1K',
        Amount: '200',
        ReceiverParty: '600610',
        RecieverIdentifierType: '11',
        Remarks: 'Paid twice',
        Occasion: 'Order 17',
      },
      acknowledgement,
      handler(deps: ProductDependencies<ApiSettings>) {
        const take = requestTaker(deps, { product: name, family });
        return (read, request, reply) =>
          take(
            {
              shortCode: read.ReceiverParty,
              initiator: read.Initiator,
              ...initiatorsPart(read),
              details: { TransactionID: read.TransactionID, amountCents: String(read.Amount) },
            },
            request,
            reply,
          );
      },
    }),
  },
});
