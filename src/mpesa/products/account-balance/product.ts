import { defineProduct, operation, type ProductDependencies } from '../../api/define-product.ts';
import type { ApiSettings } from '../../api/settings.ts';
import { choice } from '../../fields/choice.ts';
import { shortCode } from '../../fields/digits.ts';
import { form } from '../../fields/form/form.ts';
import {
  identifierType,
  initiator,
  initiatorsPart,
  remarks,
  requestUrl,
  securityCredential,
} from '../../requests/acceptance/fields.ts';
import { initiatorSample } from '../../requests/acceptance/sample.ts';
import { acknowledgement, requestTaker } from '../../requests/acceptance/take.ts';
import { initiatorResults, noOperator } from '../../results/codes.ts';
import { accountBalance } from './answer.ts';
import { balanceForm } from './form.ts';

const name = 'account-balance';
const family = 'b2c';

export const accountBalanceProduct = defineProduct({
  name,
  title: 'Account balance',
  family,
  priority: 'query',
  results: { ...initiatorResults, noOperator },
  settlement: { role: 'Balance Query ORG API', form: balanceForm, answer: accountBalance },
  operations: {
    query: operation({
      title: 'Account balance',
      method: 'POST',
      paths: ['/mpesa/accountbalance/v1/query'],
      authentication: 'bearer',
      request: form({
        Initiator: initiator,
        SecurityCredential: securityCredential,
        CommandID: choice(['AccountBalance']),
        PartyA: shortCode,
        IdentifierType: identifierType('1', '2', '4'),
        Remarks: remarks,
        QueueTimeOutURL: requestUrl,
        ResultURL: requestUrl,
      }),
      sample: {
        ...initiatorSample,
        CommandID: 'AccountBalance',
        PartyA: '600000',
        IdentifierType: '4',
        Remarks: 'End of day',
      },
      acknowledgement,
      handler(deps: ProductDependencies<ApiSettings>) {
        const take = requestTaker(deps, { product: name, family });
        return (read, request, reply) =>
          take(
            {
              shortCode: read.PartyA,
              initiator: read.Initiator,
              ...initiatorsPart(read),
              details: { IdentifierType: read.IdentifierType },
            },
            request,
            reply,
          );
      },
    }),
  },
});
