import { once } from 'node:events';
import { connect } from 'node:net';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { AuthClient } from '../../src/auth/client/types.ts';
import type { Quota } from '../../src/mpesa/api/bearer.ts';
import { clientFaultForm, refusalForm } from '../../src/mpesa/api/unserved.ts';
import { type MpesaSettings, mpesaSettings, operations } from '../../src/mpesa/catalogue.ts';
import type { FaultBook } from '../../src/mpesa/faults/book.ts';
import { seedOrganisation } from '../../src/mpesa/parties/organisations.ts';
import { sandboxOrganisation } from '../../src/mpesa/parties/sandbox.ts';
import { oauth } from '../../src/mpesa/products/oauth/product.ts';
import { stkPushProduct } from '../../src/mpesa/products/stk-push/product.ts';
import { stkQueryProduct } from '../../src/mpesa/products/stk-query/product.ts';
import { registerMpesa } from '../../src/mpesa/register.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import type { Database } from '../../src/platform/database/database.ts';
import { newId } from '../../src/platform/ids.ts';
import type { Log } from '../../src/platform/log.ts';
import { defaultsOf } from '../../src/platform/settings.ts';
import type { Asked, RequestOutcome } from '../../src/serving/request/outcome.ts';
import { createApiServer } from '../../src/serving/server.ts';
import { defaultServingSettings, type ServingSettings } from '../../src/serving/settings.ts';
import { testDatabase } from '../database.ts';

export const PUSH = stkPushProduct.operations.push.paths[0];
export const QUERY = stkQueryProduct.operations.query.paths[0];
export const OAUTH = oauth.operations.generate.paths[0];
export const TIMESTAMP = '20261123120000';

/** The Password of a request, as clients make it. */
export function passwordOf(
  shortCode: string = sandboxOrganisation.shortCode,
  passkey: string = sandboxOrganisation.passkey,
  timestamp = TIMESTAMP,
): string {
  return Buffer.from(shortCode + passkey + timestamp).toString('base64');
}

/** A push as the vendor's sample sends it, numbers and text mixed. */
export function pushBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    BusinessShortCode: 174379,
    Password: passwordOf(),
    Timestamp: TIMESTAMP,
    TransactionType: 'CustomerPayBillOnline',
    Amount: '1',
    PartyA: '254708374149',
    PartyB: '174379',
    PhoneNumber: 254708374149,
    CallBackURL: 'https://merchant.example.com/mpesa/callback',
    AccountReference: 'CompanyXLTD',
    TransactionDesc: 'Payment of X',
    ...changes,
  };
}

export interface Answered {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** An authentication that knows one token, `good`, and one pair of credentials, `key:secret`. */
export function stubAuth(changes: Partial<AuthClient> = {}): AuthClient {
  const claims = { appId: 'app-1', tokenId: 'token-1', issuedAt: 0, expiresAt: 4_000_000_000 };
  return {
    verify: (token) => (token === 'good' ? { ok: true, claims } : { ok: false, reason: 'malformed' }),
    issue: async ({ consumerKey, consumerSecret }) =>
      consumerKey === 'key' && consumerSecret === 'secret'
        ? { ok: true, token: 'good', expiresInSeconds: 3599 }
        : { ok: false, reason: 'bad_credentials' },
    close: async () => {},
    ...changes,
  };
}

interface MpesaApiOptions {
  auth?: AuthClient;
  quota?: Quota;
  /** Stands between the API and its database, to break it. */
  through?: (database: Database) => Database;
  log?: Log;
  /** One that is there, in place of a new one with the API's own tables. */
  database?: Database;
  clock?: Clock;
  /** Failures on demand, as `faults set` leaves them. */
  faults?: FaultBook;
}

/**
 * The API on a real socket and a real PostgreSQL, with the public sandbox organisation. `settings` may be
 * changed.
 */
export async function startMpesaApi({
  auth = stubAuth(),
  quota,
  through = (it) => it,
  log = pino({ level: 'silent' }),
  database: given,
  clock = systemClock,
  faults,
}: MpesaApiOptions = {}) {
  const database = given ?? (await ownDatabase());
  await seedOrganisation(database, sandboxOrganisation);
  const settings: MpesaSettings = defaultsOf(mpesaSettings);
  const registry = new Registry();
  // A busy machine must not make the gate refuse: what is tested here is behind it.
  let serving: ServingSettings = {
    ...defaultServingSettings,
    slowStartMs: 0,
    limits: { ...defaultServingSettings.limits, checkEveryMs: 100, requestTimeoutMs: 3_000 },
    eventLoopDelayTargetMs: 10_000,
    queue: { maxAgeMs: 10_000, overloadedAfterMs: 10_000, overloadedMaxAgeMs: 10_000 },
  };
  const outcomes: ({ outcome: RequestOutcome } & Asked)[] = [];
  const server = createApiServer({
    operations,
    refusalForm,
    clientFaultForm,
    settings: () => serving,
    log,
    registry,
    configVersion: () => 'test',
    onOutcome: (outcome, _, asked) => void outcomes.push({ outcome, ...asked }),
  });
  registerMpesa(server.fastify, {
    database: through(database),
    auth,
    settings: () => settings,
    clock,
    newId,
    log,
    ...(quota === undefined ? {} : { quota }),
    ...(faults === undefined ? {} : { faults }),
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  after(() => server.close());

  async function request(path: string, init: RequestInit): Promise<Answered> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      signal: AbortSignal.timeout(20_000),
      ...init,
    });
    const body = (await response.json()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body };
  }

  return {
    port,
    database,
    settings,
    registry,
    /** A release that switches products. */
    release: (products: ServingSettings['products']) => {
      serving = { ...serving, products };
    },
    /** How each request ended, for the gate. */
    outcomes,
    request,
    limits: (limits: Partial<ServingSettings['limits']>) => {
      serving = { ...serving, limits: { ...serving.limits, ...limits } };
    },
    server: server.fastify.server,
    /**
     * Sends bytes as they are, `fin` behind them if asked; what came back until the server closed the
     * connection.
     */
    raw: (bytes: string | Buffer, options?: { fin?: boolean }) => rawExchange(port, bytes, options),
    /** JSON with a good token; a string is sent as it is. */
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer good', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    /** Ends every open push, so that its subscriber is free again. */
    resolveAll: (code = 0, description = 'done') =>
      database.query(
        `update mpesa.stk_push set state = 'resolved', result_code = $1, result_desc = $2, resolved_at = now()
         where state <> 'resolved'`,
        [code, description],
      ),
  };
}

async function ownDatabase(): Promise<Database> {
  const sources = ['handset', 'mpesa'].map((part) => {
    return { part, directory: fileURLToPath(new URL(`../../src/${part}/migrations`, import.meta.url)) };
  });
  return (await testDatabase(sources)).database;
}

const RAW_MS = 10_000;

/** A connection of its own: what the server sent on it until it closed it. */
async function rawExchange(port: number, bytes: string | Buffer, { fin = false } = {}): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  socket.on('error', () => {});
  if (fin) socket.end(bytes);
  else socket.write(bytes);
  socket.on('end', () => socket.end());
  await once(socket, 'close', { signal: AbortSignal.timeout(RAW_MS) });
  return received;
}

/** Status and body of the last answer in what a raw exchange received. */
export function answerOf(received: string): { status: number; body: Record<string, unknown> } {
  const last = received.slice(received.lastIndexOf('HTTP/1.1 '));
  const body = last.slice(last.indexOf('\r\n\r\n') + 4);
  return { status: Number(last.split(' ')[1]), body: JSON.parse(body) };
}

/**
 * `[status, errorCode, errorMessage]`, after checking that nothing else but a requestId in the vendor's form
 * is there.
 */
export function errorOf({ status, body }: Answered): [number, unknown, unknown] {
  const { requestId, errorCode, errorMessage, ...rest } = body;
  const formed = /^[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\d+$/.test(String(requestId));
  if (!formed || Object.keys(rest).length > 0) throw new Error(`not an API error: ${JSON.stringify(body)}`);
  return [status, errorCode, errorMessage];
}
