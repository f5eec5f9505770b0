import type { Operation } from '../../serving/types.ts';

/** A row a path of the API; its errors follow from the path (`familyOfPath`), its handler is in `register.ts`. */
export interface MpesaOperation extends Operation {
  /** The first field of its page: what a body that is not JSON by its content type is told to lack. */
  firstField: string;
}

export const operations = {
  oauth: {
    method: 'GET',
    path: '/oauth/v1/generate',
    product: 'oauth',
    priority: 'money',
    firstField: 'grant_type',
  },
  stkPush: {
    method: 'POST',
    path: '/mpesa/stkpush/v1/processrequest',
    product: 'stk',
    priority: 'money',
    firstField: 'BusinessShortCode',
  },
  stkQuery: {
    method: 'POST',
    path: '/mpesa/stkpushquery/v1/query',
    product: 'stk-query',
    priority: 'query',
    firstField: 'BusinessShortCode',
  },
} as const satisfies Record<string, MpesaOperation>;

const byPath = new Map<string, MpesaOperation>(
  Object.values(operations).map((operation) => [operation.path, operation]),
);

/** The operation at a path, whatever the method asked for. */
export function operationAt(path: string): MpesaOperation | undefined {
  return byPath.get(path);
}
