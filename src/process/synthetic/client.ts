import { Agent, fetch } from 'undici';
import { claimedApp } from '../../auth/client/keys/claimed-app.ts';
import { syntheticNumbers } from '../../handset/seeds.ts';
import {
  type ClientRequest,
  type PushAnswer,
  pushRequest,
  type QueryAnswer,
  queryRequest,
  type TokenAnswer,
  tokenRequest,
} from '../../mpesa/client.ts';
import type { Deadline } from '../../platform/deadline.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import { allowedCallback, allowedShillings, type PaymentRules } from './allowed-payment.ts';
import type { SyntheticMerchant } from './merchant.ts';

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

/**
 * What a merchant's client does, one request at a time; each throws a `SyntheticFault`, or what the network
 * throws.
 */
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
  const { merchant } = options;
  // A connection for each request: what is drained has none to wait for.
  const dispatcher = new Agent({ pipelining: 0 });
  let token = '';
  let app: string | undefined;
  let next = Math.floor(Math.random() * syntheticNumbers.count);

  async function ask(what: string, request: ClientRequest, deadline: Deadline): Promise<string> {
    const { path, ...init } = request;
    const response = await fetch(api + path, { dispatcher, ...init, signal: deadline.signal });
    const text = await response.text();
    // One of the shapes of "not yet", which a release may choose, is an error by its status.
    if (response.status !== 200 && !text.includes(BEING_PROCESSED)) {
      throw new SyntheticFault(`${what} is answered ${response.status}: ${text.slice(0, LONGEST_ANSWER)}`);
    }
    return text;
  }

  /**
   * The token is fetched again when it is not taken: where a new token ends the one before, somebody else's
   * synthetic payment may have ended this one.
   */
  async function askWithToken<Answer>(
    what: string,
    request: () => ClientRequest,
    deadline: Deadline,
  ): Promise<Partial<Answer>> {
    try {
      return JSON.parse(await ask(what, request(), deadline));
    } catch (error) {
      if (!(error instanceof SyntheticFault) || !error.message.includes(NO_TOKEN)) throw error;
      await authenticate(deadline);
      return JSON.parse(await ask(what, request(), deadline));
    }
  }

  async function authenticate(deadline: Deadline): Promise<void> {
    const answer: TokenAnswer = JSON.parse(await ask('a token', tokenRequest(merchant), deadline));
    token = answer.access_token;
    app = claimedApp(token);
  }

  async function push(deadline: Deadline): Promise<string> {
    // Each payment has another subscriber, whose limits it does not use up.
    next = (next + 1) % syntheticNumbers.count;
    const msisdn = String(syntheticNumbers.first + next);
    const callbackUrl = allowedCallback(options.callbackUrl, rules());
    if (callbackUrl === undefined) throw new SyntheticFault('no callback address at all is accepted');
    const payment = {
      msisdn,
      shillings: allowedShillings(rules()),
      callbackUrl,
      reference: 'SYNTHETIC',
      description: 'Synthetic',
    };
    const { CheckoutRequestID } = await askWithToken<PushAnswer>(
      'a push',
      () => pushRequest(token, merchant, payment),
      deadline,
    );
    return String(CheckoutRequestID);
  }

  async function query(checkoutRequestId: string, deadline: Deadline): Promise<string | undefined> {
    const { ResultCode } = await askWithToken<QueryAnswer>(
      'a query',
      () => queryRequest(token, merchant, checkoutRequestId),
      deadline,
    );
    // Two of the shapes of "not yet" have no result code at all.
    return ResultCode === undefined || ResultCode === STILL_UNDER_WAY ? undefined : ResultCode;
  }

  return {
    authenticate,
    push,
    query,
    async pay(deadline) {
      await authenticate(deadline);
      const checkout = await push(deadline);
      const look = { everyMs: ASK_EVERY_MS, deadline };
      const code = await lookUntil(() => query(checkout, deadline), look);
      if (code === undefined) throw new SyntheticFault('a push has no result in time', checkout);
      if (code !== PAID) throw new SyntheticFault(`a push ended with result ${code}`, checkout);
    },
    close: () => dispatcher.destroy(),
    app: () => app,
  };
}
