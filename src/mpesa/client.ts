/**
 * Requests as an app makes them, for whatever sends them: `fetch`, a load generator, a line of curl. Paths,
 * methods and the names of fields are those of the descriptors, so that a client of ours cannot ask for what
 * the API does not have.
 */
import type { Static, TObject } from 'typebox';
import { oauth } from './products/oauth/product.ts';
import { stkPushProduct } from './products/stk-push/product.ts';
import { stkQueryProduct } from './products/stk-query/product.ts';

export interface ClientRequest {
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
}

/** What an operation has that can be asked; `Name`: its fields. */
interface Askable<Name extends string, Answer extends TObject> {
  readonly method: ClientRequest['method'];
  readonly paths: readonly [string, ...string[]];
  readonly request: { readonly names: readonly Name[] };
  readonly acknowledgement: Answer;
}

/** The fields of a request; a wrong one may be left out, or be wrong: that is what the API is asked. */
type Sent<Name extends string> = Readonly<Partial<Record<Name, string | number>>>;

/** The answer of status 200. */
export type AnswerOf<Operation> =
  Operation extends Askable<string, infer Answer extends TObject> ? Static<Answer> : never;

export type TokenAnswer = AnswerOf<typeof oauth.operations.generate>;
export type PushAnswer = AnswerOf<typeof stkPushProduct.operations.push>;
export type QueryAnswer = AnswerOf<typeof stkQueryProduct.operations.query>;

export interface App {
  consumerKey: string;
  consumerSecret: string;
}

export function tokenRequest({ consumerKey, consumerSecret }: App): ClientRequest {
  const { method, paths } = oauth.operations.generate;
  const basic = Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64');
  return {
    method,
    path: `${paths[0]}?grant_type=client_credentials`,
    headers: { authorization: `Basic ${basic}` },
  };
}

export function requestOf<Name extends string, Answer extends TObject>(
  { method, paths }: Askable<Name, Answer>,
  token: string,
  fields: Sent<Name>,
): ClientRequest {
  return {
    method,
    path: paths[0],
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(fields),
  };
}

/** Who signs a push: a pay bill, or the store of a till. */
export interface Signatory {
  shortCode: string;
  passkey: string;
}

/** The Password must agree with its Timestamp, which may be any. */
const TIMESTAMP = '20260101120000';

/** The three fields that a push and its query are signed with. */
export function signatureOf({ shortCode, passkey }: Signatory) {
  return {
    BusinessShortCode: shortCode,
    Password: Buffer.from(shortCode + passkey + TIMESTAMP).toString('base64'),
    Timestamp: TIMESTAMP,
  };
}

export interface Payment {
  msisdn: string;
  shillings: number;
  callbackUrl: string;
  reference: string;
  description?: string;
  /** Where it is bought at a till: `Signatory` is its store. */
  till?: string;
}

/** The fields of a push, in the order of its page. */
export function pushFields(signatory: Signatory, payment: Payment) {
  const { msisdn, shillings, callbackUrl, reference, description = 'Payment', till } = payment;
  return {
    ...signatureOf(signatory),
    TransactionType: till === undefined ? 'CustomerPayBillOnline' : 'CustomerBuyGoodsOnline',
    Amount: shillings,
    PartyA: msisdn,
    PartyB: till ?? signatory.shortCode,
    PhoneNumber: msisdn,
    CallBackURL: callbackUrl,
    AccountReference: reference,
    TransactionDesc: description,
  };
}

export function pushRequest(token: string, signatory: Signatory, payment: Payment): ClientRequest {
  return requestOf(stkPushProduct.operations.push, token, pushFields(signatory, payment));
}

export function queryRequest(token: string, signatory: Signatory, checkoutRequestId: string): ClientRequest {
  const fields = { ...signatureOf(signatory), CheckoutRequestID: checkoutRequestId };
  return requestOf(stkQueryProduct.operations.query, token, fields);
}

/** Takes a token; throws when none is given, or what the network throws. */
export async function takeToken(api: string, app: App, signal: AbortSignal): Promise<string> {
  const { path, ...request } = tokenRequest(app);
  const response = await fetch(api + path, { ...request, signal });
  const text = await response.text();
  if (!response.ok) throw new Error(`no token: ${response.status} ${text}`);
  return (JSON.parse(text) as TokenAnswer).access_token;
}
