import { defineProduct, operation } from '../../api/define-product.ts';
import { passwordErrors } from '../stk-push/password.ts';
import { querySample } from '../stk-push/sample.ts';
import { queryAnswer, queryErrors, queryRequest, stkQuery } from './query.ts';

export const stkQueryProduct = defineProduct({
  name: 'stk-query',
  title: 'STK query',
  family: 'stk',
  priority: 'query',
  errors: { ...passwordErrors, ...queryErrors },
  operations: {
    query: operation({
      title: 'M-Pesa Express query',
      method: 'POST',
      paths: ['/mpesa/stkpushquery/v1/query'],
      authentication: 'bearer',
      request: queryRequest,
      sample: querySample,
      acknowledgement: queryAnswer,
      handler: stkQuery,
    }),
  },
});
