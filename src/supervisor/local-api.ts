import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { carriesToken } from '../platform/http/authorization.ts';
import type { Home } from './home/home.ts';
import type { RestartOrder } from './restarts/restarts.ts';
import type { Status } from './status.ts';

/** What the supervisor keeps in `state.json` (mode 0600): how to reach it, and what it last knew. */
export interface SavedState {
  supervisor: {
    pid: number;
    url: string;
    token: string;
    /** Where it was started, and with which ports. */
    folder?: string;
    portBase?: number;
  };
  databaseUrl: string | null;
  status: Status;
}

export interface LocalApi {
  url: string;
  token: string;
  close(): void;
}

export interface Orders {
  status: () => Status;
  down: () => void;
  restart: (order: RestartOrder) => Promise<Ordered>;
  cancelRestart: () => boolean;
}

/** A restart that was begun, or why it was not. */
export type Ordered = { id: string } | { refused: string };

/** Longer than any order. */
const MAX_BODY_BYTES = 10_000;

/**
 * The supervisor's own API on loopback, for those who can read the state file: `GET /status`, `POST /down`,
 * `POST /restart` with a `RestartOrder`, `POST /restart/cancel`.
 */
export async function openLocalApi(orders: Orders): Promise<LocalApi> {
  const token = randomBytes(24).toString('base64url');
  const server = createServer({ requestTimeout: 5_000 }, (request, response) => {
    const answer = (code: number, body: unknown) =>
      response
        .writeHead(code, { 'content-type': 'application/json', connection: 'close' })
        .end(JSON.stringify(body));
    if (!carriesToken(request.headers.authorization, token))
      return answer(401, { error: 'token missing or wrong' });
    const call = `${request.method} ${request.url}`;
    if (call === 'GET /status') return answer(200, orders.status());
    if (call === 'POST /restart')
      return void restart(request, orders).then((ordered) => answer(200, ordered));
    if (call === 'POST /restart/cancel') return answer(200, { cancelled: orders.cancelRestart() });
    if (call !== 'POST /down') return answer(404, { error: `no ${call}` });
    answer(202, {});
    orders.down();
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, token, close: () => server.close() };
}

/** What the supervisor of this home last wrote; `undefined` when there is nothing (or nothing of use). */
export async function readState(home: Home): Promise<SavedState | undefined> {
  try {
    const state: Partial<SavedState> = JSON.parse(await readFile(home.stateFile, 'utf8'));
    const { supervisor, status, databaseUrl = null } = state;
    return supervisor && status && { supervisor, status, databaseUrl };
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Asks the supervisor itself; `undefined` when nobody answers within `timeoutMs`. */
export async function askStatus(state: SavedState, timeoutMs: number): Promise<Status | undefined> {
  const response = await call(state, 'GET', '/status', timeoutMs);
  return response?.ok ? ((await response.json()) as Status) : undefined;
}

/** Tells the supervisor to end everything. `true` when it took the order. */
export async function orderDown(state: SavedState, timeoutMs: number): Promise<boolean> {
  return (await call(state, 'POST', '/down', timeoutMs))?.ok ?? false;
}

/** Asks for a restart; `undefined` when nobody answers within `timeoutMs`. */
export async function orderRestart(
  state: SavedState,
  order: RestartOrder,
  timeoutMs: number,
): Promise<Ordered | undefined> {
  const response = await call(state, 'POST', '/restart', timeoutMs, JSON.stringify(order));
  return response?.ok ? ((await response.json()) as Ordered) : undefined;
}

/** Lets a restart take no more instances. `undefined` when nobody answers; `false` when none is going on. */
export async function orderCancel(state: SavedState, timeoutMs: number): Promise<boolean | undefined> {
  const response = await call(state, 'POST', '/restart/cancel', timeoutMs);
  return response?.ok ? ((await response.json()) as { cancelled: boolean }).cancelled : undefined;
}

async function restart(request: IncomingMessage, orders: Orders): Promise<Ordered> {
  let body = '';
  try {
    for await (const chunk of request) {
      body += chunk;
      if (body.length > MAX_BODY_BYTES) return { refused: 'the order is too long' };
    }
    const { service = null, environment, reason }: Partial<RestartOrder> = JSON.parse(body);
    if (typeof environment !== 'string' || typeof reason !== 'string' || reason === '')
      return { refused: 'a restart needs an environment and a reason' };
    return await orders.restart({ service, environment, reason });
  } catch (error) {
    return { refused: (error as Error).message };
  }
}

async function call(
  { supervisor }: SavedState,
  method: string,
  path: string,
  timeoutMs: number,
  body?: string,
): Promise<Response | undefined> {
  try {
    return await fetch(`${supervisor.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${supervisor.token}` },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch {
    // Refused, or silent until the deadline: there is no supervisor to speak of, which is what the caller
    // asks.
    return undefined;
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the control line has no port');
  return address.port;
}
