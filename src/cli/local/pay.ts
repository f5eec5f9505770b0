import { createServer } from 'node:http';
import {
  type ClientRequest,
  type PushAnswer,
  pushFields,
  requestOf,
  tokenRequest,
} from '../../mpesa/client.ts';
import { sandboxTill } from '../../mpesa/parties/sandbox.ts';
import { stkPushProduct } from '../../mpesa/products/stk-push/product.ts';
import { Deadline } from '../../platform/deadline.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import type { Credentials } from '../../supervisor/home/credentials.ts';
import { homeOf } from '../../supervisor/home/home.ts';
import { readState } from '../../supervisor/local-api.ts';
import { exitCodes, Failure } from '../failure.ts';
import { paint, print, printJson, say } from '../terminal/terminal.ts';
import { apiUrl, type CallOptions, callLocal, notReached } from './call.ts';

export interface PayOptions extends CallOptions {
  reference: string;
  till?: true;
  pin?: string;
  curl?: true;
  showSecrets?: true;
}

type PushFields = ReturnType<typeof pushFields>;

const pushing = stkPushProduct.operations.push;
const LOOK_MS = 200;
const MASK = '••••';

interface Result {
  ResultCode: number | string;
  ResultDesc: string;
}

interface Screen {
  prompt: { text: string } | null;
  sms: { at: string; text: string }[];
}

/**
 * A payment through the public API, as an app makes it: token, push, the prompt on the phone, and what the
 * callback and the SMS say in the end. The callback comes to a receiver of this command. The exit status is 0
 * when it was paid.
 */
export async function pay(msisdn: string, shillings: number, options: PayOptions): Promise<void> {
  const deadline = Deadline.in(options.timeout * 1_000);
  const api = await apiUrl(options);
  const credentials = await credentialsHere();
  const receiver = await openReceiver();
  try {
    const startedAt = new Date().toISOString();
    const push = pushOf(msisdn, shillings, credentials, receiver.url, options);
    if (options.curl && !options.json) print(asCurl(api, credentials, push, options.showSecrets === true));
    const accepted = await request(api, credentials, push, deadline, options.timeout);
    say(`${paint('green', '✓', process.stderr)} ${accepted.CustomerMessage}: nobody has paid yet`);
    say(`  ${accepted.CheckoutRequestID}`);
    const result = await outcome(msisdn, receiver, options, deadline);
    const { sms } = await screenOf(msisdn, options, deadline);
    const text = sms.find(({ at }) => at >= startedAt)?.text ?? null;
    if (options.json) printJson({ accepted, callback: receiver.body(), sms: text });
    else {
      say(`${paint('green', '✓', process.stderr)} the callback has come`);
      print(JSON.stringify(receiver.body(), null, 2));
      if (text !== null) print(`${paint('dim', 'SMS')} ${text}`);
    }
    const paid = String(result.ResultCode) === '0';
    if (paid) say(`${paint('green', '✓', process.stderr)} paid: KES ${shillings}`);
    else
      say(
        `${paint('red', '✗', process.stderr)} not paid: ${result.ResultCode} ${result.ResultDesc} (docs/reference/results.md)`,
      );
    process.exitCode = paid ? exitCodes.done : exitCodes.failed;
  } finally {
    receiver.close();
  }
}

async function credentialsHere(): Promise<Credentials> {
  const credentials = (await readState(homeOf()))?.status.credentials;
  if (credentials) return credentials;
  throw new Failure({ what: 'Imara is not up here.', fix: 'Start it with `npx imara up`.' });
}

function pushOf(
  msisdn: string,
  shillings: number,
  { shortCode, passkey }: Credentials,
  callbackUrl: string,
  { reference, till }: PayOptions,
): PushFields {
  const payment = { msisdn, shillings, callbackUrl, reference, description: 'Lunch' };
  return till
    ? pushFields({ shortCode: sandboxTill.store, passkey }, { ...payment, till: sandboxTill.till })
    : pushFields({ shortCode, passkey }, payment);
}

function asCurl(api: string, credentials: Credentials, push: PushFields, showSecrets: boolean): string {
  const { consumerKey, consumerSecret } = credentials;
  const secret = (text: string) => (showSecrets ? text : MASK);
  const body = { ...push, Password: secret(push.Password) };
  return [
    `TOKEN=$(curl -s -u '${secret(consumerKey)}:${secret(consumerSecret)}' '${api}${tokenRequest(credentials).path}' |`,
    `  sed -E 's/.*"access_token" *: *"([^"]+)".*/\\1/')`,
    `curl -s ${api}${pushing.paths[0]} -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
    ...(showSecrets ? [] : [paint('dim', '# --show-secrets: with the secrets, to be copied')]),
  ].join('\n');
}

async function request(
  api: string,
  credentials: Credentials,
  push: PushFields,
  deadline: Deadline,
  timeout: number,
): Promise<Pick<PushAnswer, 'CheckoutRequestID' | 'CustomerMessage'>> {
  const ask = async ({ path, ...init }: ClientRequest): Promise<Record<string, string>> => {
    const response = await fetch(api + path, { ...init, signal: deadline.signal }).catch((error: Error) => {
      throw notReached(api, error, timeout);
    });
    const answer = (await response.json().catch(() => ({}))) as Record<string, string>;
    if (response.ok) return answer;
    throw new Failure({
      what: `The API refused: ${answer.errorCode ?? response.status} ${answer.errorMessage ?? ''}`.trimEnd(),
      why: `${path.split('?')[0]} answered HTTP ${response.status}`,
      fix: 'What each code means, and what to do: docs/reference/errors.md',
    });
  };
  const { access_token: token = '' } = await ask(tokenRequest(credentials));
  const { CheckoutRequestID = '', CustomerMessage = '' } = await ask(requestOf(pushing, token, push));
  return { CheckoutRequestID, CustomerMessage };
}

/**
 * Shows the prompt when it is on the screen, answers it where that was asked for, and waits for the callback.
 */
async function outcome(
  msisdn: string,
  receiver: Receiver,
  options: PayOptions,
  deadline: Deadline,
): Promise<Result> {
  let shown = false;
  const look = async (): Promise<Result | undefined> => {
    const early = receiver.result();
    if (early !== undefined || deadline.passed) return early;
    const { prompt } = shown ? { prompt: null } : await screenOf(msisdn, options, deadline);
    if (prompt !== null) {
      shown = true;
      say(
        `${paint('green', '✓', process.stderr)} the phone asks: ${paint('bold', prompt.text, process.stderr)}`,
      );
      if (options.pin === undefined) {
        say(
          `  answer it in another terminal: npx imara phone answer ${msisdn} --pin 1234 (or --cancel, --ignore)`,
        );
      } else {
        await callLocal(options, 'POST', `/handset/v1/phones/${msisdn}/answer`, {
          body: { pin: options.pin },
        });
      }
    }
    return receiver.result();
  };
  const result = await lookUntil(look, { everyMs: LOOK_MS, deadline });
  if (result !== undefined) return result;
  throw new Failure({
    what: `No callback came within ${options.timeout} s.`,
    why: shown ? 'The prompt may still be on the screen.' : 'The phone showed no prompt meanwhile.',
    fix: `See \`npx imara phone show ${msisdn}\` and \`npx imara callbacks list\`; wait longer with --timeout SECONDS.`,
    exitCode: exitCodes.timedOut,
  });
}

function screenOf(msisdn: string, options: PayOptions, deadline: Deadline): Promise<Screen> {
  const timeout = Math.max(1, Math.ceil(deadline.remainingMs() / 1_000));
  return callLocal<Screen>({ ...options, timeout }, 'GET', `/handset/v1/phones/${msisdn}`);
}

interface Receiver {
  url: string;
  body(): unknown;
  result(): Result | undefined;
  close(): void;
}

/** Takes the one callback of this payment. */
async function openReceiver(): Promise<Receiver> {
  let received: { Body?: { stkCallback?: Result } } | undefined;
  const server = createServer((incoming, response) => {
    let text = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (part: string) => {
      text += part;
    });
    incoming.on('end', () => {
      received ??= JSON.parse(text);
      response.setHeader('connection', 'close').end('{"ResultCode":0,"ResultDesc":"Accepted"}');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return {
    url: `http://127.0.0.1:${address.port}/callback`,
    body: () => received,
    result: () => received?.Body?.stkCallback,
    close: () => server.close(),
  };
}
