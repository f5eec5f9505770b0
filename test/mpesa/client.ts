import { type ClientRequest, pushRequest, queryRequest, takeToken } from '../../src/mpesa/client.ts';
import type { Shop } from '../stack/stack.ts';

/** A caller of the API with a deadline on each call; throws what the network throws. */
export interface Client {
  /** Takes a token that later calls carry. */
  authenticate(): Promise<void>;
  push(push: { msisdn: string; amount: number; callbackUrl: string }): Promise<Response>;
  query(checkoutRequestId: string): Promise<Response>;
}

const CALL_MS = 10_000;

export function createClient({ api, credentials }: Shop): Client {
  let token = '';
  const send = ({ path, ...request }: ClientRequest) =>
    fetch(api + path, { ...request, signal: AbortSignal.timeout(CALL_MS) });
  return {
    authenticate: async () => {
      token = await takeToken(api, credentials, AbortSignal.timeout(CALL_MS));
    },
    push: ({ amount, ...payment }) =>
      send(pushRequest(token, credentials, { ...payment, shillings: amount, reference: 'KILL' })),
    query: (checkoutRequestId) => send(queryRequest(token, credentials, checkoutRequestId)),
  };
}
