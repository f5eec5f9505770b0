import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, fetch } from 'undici';
import { claimedApp } from '../../auth/client/keys/claimed-app.ts';
import { syntheticNumbers } from '../../handset/seeds.ts';
import type { Deadline } from '../../platform/deadline.ts';
import type { SyntheticMerchant } from './merchant.ts';
import { allowedCallback, allowedShillings, type PaymentRules } from './rules.ts';

/** A synthetic request that did not go as it should; the message says which and what was answered. */
export class SyntheticFault extends Error {
  override readonly name = 'SyntheticFault';
  /** CheckoutRequestID of the payment, where one was taken. */
  readonly payment: string | undefined;

  constructor(message: string, payment?: string) {
    super(message);
    this.payment = payment;
  }
}

/** What a merchant's client does, one request at a time; each throws a `SyntheticFault`, or what the network throws. */
export interface SyntheticClient {
  /** Fetches a token for the requests that follow. */
  authenticate(deadline: Deadline): Promise<void>;
  /** Pushes a small payment to a subscriber of its own; returns its CheckoutRequestID. */
  push(deadline: Deadline): Promise<string>;
  /** The result code of a push; `undefined`: none yet. */
  query(checkoutRequestId: string, deadline: Deadline): Promise<string | undefined>;
  /** All of it: a token, a push, and its result, which must be that it was paid. */
  pay(deadline: Deadline): Promise<void>;
  close(): Promise<void>;
  /** Whose its token is; `undefined`: it has none yet. */
  app(): string | undefined;
}

const TIMESTAMP = '20260101120000';
const ASK_EVERY_MS = 250;
const PAID = '0';
const STILL_UNDER_WAY = '4999';
const BEING_PROCESSED = 'The transaction is being processed';
const LONGEST_ANSWER = 300;
/** How an access token that is not taken is answered. */
const NO_TOKEN = '404.001.03';

export function createSyntheticClient(options: {
  api: string;
  merchant: SyntheticMerchant;
  callbackUrl: string;
  /** Of the document that is tried; read for each payment. */
  rules: () => PaymentRules;
}): SyntheticClient {
  const { api, rules } = options;
  const { consumerKey, consumerSecret, shortCode, passkey } = options.merchant;
  // A connection for each request: what is drained has none to wait for.
  const dispatcher = new Agent({ pipelining: 0 });
  const basic = Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64');
  const signed = {
    BusinessShortCode: shortCode,
    Password: Buffer.from(shortCode + passkey + TIMESTAMP).toString('base64'),
    Timestamp: TIMESTAMP,
  };
  let bearer = '';
  let app: string | undefined;
  let next = Math.floor(Math.random() * syntheticNumbers.count);

  async function ask(
    what: string,
    path: string,
    authorization: string,
    deadline: Deadline,
    body?: object,
  ): Promise<Record<string, unknown>> {
    const response = await fetch(api + path, {
      dispatcher,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      signal: deadline.signal,
    });
    const text = await response.text();
    // One of the shapes of "not yet", which a release may choose, is an error by its status.
    if (response.status !== 200 && !text.includes(BEING_PROCESSED)) {
      throw new SyntheticFault(`${what} is answered ${response.status}: ${text.slice(0, LONGEST_ANSWER)}`);
    }
    return Object(JSON.parse(text));
  }

  /**
   * The token is fetched again when it is not taken: where a new token ends the one before, somebody else's synthetic payment may
   * have ended this one.
   */
  async function askWithToken(what: string, path: string, deadline: Deadline, body: object) {
    try {
      return await ask(what, path, bearer, deadline, body);
    } catch (error) {
      if (!(error instanceof SyntheticFault) || !error.message.includes(NO_TOKEN)) throw error;
      await authenticate(deadline);
      return await ask(what, path, bearer, deadline, body);
    }
  }

  async function authenticate(deadline: Deadline): Promise<void> {
    const path = '/oauth/v1/generate?grant_type=client_credentials';
    const { access_token } = await ask('a token', path, `Basic ${basic}`, deadline);
    bearer = `Bearer ${access_token}`;
    app = claimedApp(String(access_token));
  }

  async function push(deadline: Deadline): Promise<string> {
    // Each payment has another subscriber, whose limits it does not use up.
    next = (next + 1) % syntheticNumbers.count;
    const msisdn = String(syntheticNumbers.first + next);
    const callbackUrl = allowedCallback(options.callbackUrl, rules());
    if (callbackUrl === undefined) throw new SyntheticFault('no callback address at all is accepted');
    const { CheckoutRequestID } = await askWithToken('a push', '/mpesa/stkpush/v1/processrequest', deadline, {
      ...signed,
      TransactionType: 'CustomerPayBillOnline',
      Amount: allowedShillings(rules()),
      PartyA: msisdn,
      PartyB: shortCode,
      PhoneNumber: msisdn,
      CallBackURL: callbackUrl,
      AccountReference: 'SYNTHETIC',
      TransactionDesc: 'Synthetic',
    });
    return String(CheckoutRequestID);
  }

  async function query(checkoutRequestId: string, deadline: Deadline): Promise<string | undefined> {
    const body = { ...signed, CheckoutRequestID: checkoutRequestId };
    const { ResultCode } = await askWithToken('a query', '/mpesa/stkpushquery/v1/query', deadline, body);
    // Two of the shapes of "not yet" have no result code at all.
    return ResultCode === undefined || ResultCode === STILL_UNDER_WAY ? undefined : String(ResultCode);
  }

  return {
    authenticate,
    push,
    query,
    async pay(deadline) {
      await authenticate(deadline);
      const checkout = await push(deadline);
      for (;;) {
        const code = await query(checkout, deadline);
        if (code === PAID) return;
        if (code !== undefined) throw new SyntheticFault(`a push ended with result ${code}`, checkout);
        await sleep(ASK_EVERY_MS, undefined, { signal: deadline.signal });
      }
    },
    close: () => dispatcher.destroy(),
    app: () => app,
  };
}
