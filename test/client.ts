import type { Status } from './stack.ts';

/** A caller of the API with a deadline on each call; throws what the network throws. */
export interface Client {
  /** Takes a token that later calls carry. */
  authenticate(): Promise<void>;
  push(push: { msisdn: string; amount: number; callbackUrl: string }): Promise<Response>;
  query(checkoutRequestId: string): Promise<Response>;
}

const CALL_MS = 10_000;

export function createClient({ api, credentials }: Pick<Status, 'api' | 'credentials'>): Client {
  const { consumerKey, consumerSecret, shortCode, passkey } = credentials;
  const timestamp = '20261123120000';
  const password = Buffer.from(shortCode + passkey + timestamp).toString('base64');
  let token = '';
  const post = (path: string, body: Record<string, unknown>) =>
    fetch(api + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        BusinessShortCode: shortCode,
        Password: password,
        Timestamp: timestamp,
        ...body,
      }),
      signal: AbortSignal.timeout(CALL_MS),
    });
  return {
    authenticate: async () => {
      const basic = Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64');
      const response = await fetch(`${api}/oauth/v1/generate?grant_type=client_credentials`, {
        headers: { authorization: `Basic ${basic}` },
        signal: AbortSignal.timeout(CALL_MS),
      });
      const body = (await response.json()) as { access_token?: string };
      if (body.access_token === undefined)
        throw new Error(`no token: ${response.status} ${JSON.stringify(body)}`);
      token = body.access_token;
    },
    push: ({ msisdn, amount, callbackUrl }) =>
      post('/mpesa/stkpush/v1/processrequest', {
        TransactionType: 'CustomerPayBillOnline',
        Amount: amount,
        PartyA: msisdn,
        PartyB: shortCode,
        PhoneNumber: msisdn,
        CallBackURL: callbackUrl,
        AccountReference: 'KILL',
        TransactionDesc: 'kill test',
      }),
    query: (checkoutRequestId) =>
      post('/mpesa/stkpushquery/v1/query', { CheckoutRequestID: checkoutRequestId }),
  };
}
