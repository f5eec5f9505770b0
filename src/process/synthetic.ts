import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials } from '../fleet/credentials.ts';
import type { Deadline } from '../platform/deadline.ts';

/** Far from the numbers that are seeded; each payment has another subscriber, whose limits it does not use up. */
const FIRST_MSISDN = 254_790_000_000;
const SUBSCRIBERS = 1_000_000;
const TIMESTAMP = '20260101120000';
const ASK_EVERY_MS = 250;

/**
 * Whole payments through an API, as a client makes them: a token, a push, its result. The returned function makes one; it
 * resolves to what went wrong, or to nothing.
 */
export function createSyntheticPayments(options: {
  api: string;
  credentials: Credentials;
  callbackUrl: string;
}): (deadline: Deadline) => Promise<string | undefined> {
  const { api, callbackUrl } = options;
  const { consumerKey, consumerSecret, shortCode, passkey } = options.credentials;
  const basic = Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64');
  const common = {
    BusinessShortCode: shortCode,
    Password: Buffer.from(shortCode + passkey + TIMESTAMP).toString('base64'),
    Timestamp: TIMESTAMP,
  };
  let next = Math.floor(Math.random() * SUBSCRIBERS);

  return async (deadline) => {
    const ask = async (path: string, authorization: string, body?: object) => {
      const response = await fetch(api + path, {
        headers: { authorization, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
        signal: deadline.signal,
      });
      const answer: Record<string, unknown> = Object(await response.json());
      return { status: response.status, answer };
    };
    const token = await ask('/oauth/v1/generate?grant_type=client_credentials', `Basic ${basic}`);
    if (token.status !== 200) return `no token: ${JSON.stringify(token.answer)}`;
    const bearer = `Bearer ${token.answer.access_token}`;
    next = (next + 1) % SUBSCRIBERS;
    const msisdn = String(FIRST_MSISDN + next);
    const push = await ask('/mpesa/stkpush/v1/processrequest', bearer, {
      ...common,
      TransactionType: 'CustomerPayBillOnline',
      Amount: 10,
      PartyA: msisdn,
      PartyB: shortCode,
      PhoneNumber: msisdn,
      CallBackURL: callbackUrl,
      AccountReference: 'SYNTHETIC',
      TransactionDesc: 'Synthetic',
    });
    if (push.status !== 200) return `no push: ${JSON.stringify(push.answer)}`;
    for (;;) {
      const { CheckoutRequestID } = push.answer;
      const { status, answer } = await ask('/mpesa/stkpushquery/v1/query', bearer, {
        ...common,
        CheckoutRequestID,
      });
      if (status !== 200) return `no result: ${JSON.stringify(answer)}`;
      if (answer.ResultCode === '0') return undefined;
      if (answer.ResultCode !== '4999') return `not paid: ${JSON.stringify(answer)}`;
      await sleep(ASK_EVERY_MS, undefined, { signal: deadline.signal });
    }
  };
}
