import { defineProduct, operation } from '../../api/define-product.ts';
import { queryAnswer, queryPull, queryRequest } from './query.ts';
import { registerAnswer, registerPull, registerRequest } from './register.ts';
import { pullSettings } from './settings.ts';

/** What customers paid, for a merchant whose callbacks were lost. */
export const pullProduct = defineProduct({
  name: 'pull',
  title: 'Pull transactions',
  family: 'pull',
  priority: 'query',
  settings: pullSettings,
  operations: {
    register: operation({
      title: 'Pull transactions: register',
      method: 'POST',
      paths: ['/pulltransactions/v1/register'],
      authentication: 'bearer',
      request: registerRequest,
      sample: {
        ShortCode: '174379',
        RequestType: 'Pull',
        NominatedNumber: '0722000000',
        CallBackURL: 'https://shop.example.com/pull',
      },
      acknowledgement: registerAnswer,
      handler: registerPull,
    }),
    query: operation({
      title: 'Pull transactions: query',
      method: 'POST',
      paths: ['/pulltransactions/v1/query'],
      authentication: 'bearer',
      request: queryRequest,
      sample: {
        ShortCode: '174379',
        StartDate: '2026-11-22 08:36:00',
        EndDate: '2026-11-23 12:00:00',
        OffSetValue: '0',
      },
      acknowledgement: queryAnswer,
      handler: queryPull,
    }),
  },
});
