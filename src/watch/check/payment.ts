import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ask } from './http.ts';

export interface PaymentOptions {
  /** Base URL of the API. */
  readonly url: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly shortCode: string;
  readonly passkey: string;
  /** Of the numbers whose phones pay by themselves, and how many there are. */
  readonly firstMsisdn: number;
  readonly msisdns: number;
  readonly shillings: number;
  /** Where callbacks are received here, and the URL by which the API reaches it, where that is another. */
  readonly callback: { readonly host: string; readonly port: number; readonly url?: string };
}

export interface Payments {
  /** A whole payment; throws the reason why it did not go through. */
  pay(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** The Password must agree with its Timestamp, which may be any. */
const TIMESTAMP = '20260101120000';
const LONGEST = 300;
const MOST_BYTES = 65_536;
const PAID = '0';

/**
 * Payments as a merchant makes them: a token, a push, the PIN by a phone that answers by itself, and the
 * callback, received here. They are made to a merchant of their own, whose traffic is counted for nobody.
 */
export async function openPayments(options: PaymentOptions): Promise<Payments> {
  const { url, consumerKey, consumerSecret, shortCode, passkey, shillings, callback } = options;
  const waiting = new Map<string, (result: string) => void>();
  const server = createServer({ requestTimeout: 5_000 }, (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      if (body.length < MOST_BYTES) body += part;
    });
    request.on('end', () => {
      waiting.get(request.url?.split('/').at(-1) ?? '')?.(resultIn(body));
      response.setHeader('connection', 'close').end('{"ResultCode":0,"ResultDesc":"Accepted"}');
    });
  });
  server.maxConnections = 64;
  server.listen(callback.port, callback.host);
  await once(server, 'listening');
  const base = callback.url ?? `http://${callback.host}:${(server.address() as AddressInfo).port}`;
  let token: string | undefined;
  let next = Math.floor(Math.random() * options.msisdns);

  const json = async (what: string, ...request: Parameters<typeof ask>): Promise<Record<string, unknown>> => {
    const { status, text } = await ask(...request);
    if (status !== 200) throw new Error(`${what} is answered ${status}: ${text.slice(0, LONGEST)}`);
    return Object(JSON.parse(text));
  };

  async function takeToken(signal: AbortSignal): Promise<string> {
    const basic = Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64');
    const path = '/oauth/v1/generate?grant_type=client_credentials';
    const answer = await json('a token', url + path, signal, {
      headers: { authorization: `Basic ${basic}` },
    });
    return String(answer.access_token);
  }

  async function push(nonce: string, signal: AbortSignal): Promise<void> {
    next = (next + 1) % options.msisdns;
    const msisdn = String(options.firstMsisdn + next);
    token ??= await takeToken(signal);
    await json('a push', `${url}/mpesa/stkpush/v1/processrequest`, signal, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        BusinessShortCode: shortCode,
        Password: Buffer.from(shortCode + passkey + TIMESTAMP).toString('base64'),
        Timestamp: TIMESTAMP,
        TransactionType: 'CustomerPayBillOnline',
        Amount: shillings,
        PartyA: msisdn,
        PartyB: shortCode,
        PhoneNumber: msisdn,
        CallBackURL: `${base}/callback/${nonce}`,
        AccountReference: 'SYNTHETIC',
        TransactionDesc: 'Synthetic',
      }),
    });
  }

  return {
    async pay(signal) {
      const nonce = randomBytes(12).toString('hex');
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      waiting.set(nonce, resolve);
      const stop = () => reject(new Error('no callback came in time'));
      signal.addEventListener('abort', stop, { once: true });
      try {
        await Promise.race([push(nonce, signal), promise]);
        const result = await promise;
        if (result !== PAID) throw new Error(`a payment ended with result ${result}`);
      } catch (error) {
        // It may be the token: the next payment takes another.
        token = undefined;
        throw error;
      } finally {
        waiting.delete(nonce);
        signal.removeEventListener('abort', stop);
      }
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function resultIn(body: string): string {
  try {
    return String(Object(JSON.parse(body)).Body.stkCallback.ResultCode);
  } catch {
    return 'that is no callback of a push';
  }
}
