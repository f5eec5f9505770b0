import { chmod, rename, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { InstanceId } from '../../rollout/protocol.ts';
import type { InstanceView } from '../link/instance-view.ts';

/**
 * The instance's own API, `agent.sock` in its directory: undo with control down (R6). A user who may open the
 * file (mode 0600, in a directory of mode 0700) may give the order; control gets a report of it afterwards.
 */
export const SOCKET = 'agent.sock';
export const localPaths = { status: '/status', undo: '/undo' } as const;

export interface LocalStatus extends InstanceId, InstanceView {
  readonly stalledMs: number;
  /** The undo that was ordered here last, by control or over this socket, since the process began. */
  readonly lastUndo: { readonly from: string; readonly agoMs: number } | null;
}

export const LocalUndo = Type.Object({
  /** Who gives the order, for the journal. */
  by: Type.String({ maxLength: 200 }),
  /** R17: the release to leave, so that an order given twice undoes once. */
  from: Type.String({ maxLength: 128 }),
  to: Type.Union([Type.String({ maxLength: 128 }), Type.Null()]),
  /** The rollout that brought it, where that is known. */
  rollout: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Type.Null()])),
  /** The order's id: that of the command, where control was asked too. */
  order: Type.Optional(Type.String({ maxLength: 100 })),
});
export type LocalUndo = Static<typeof LocalUndo>;

/** `has`: whether the instance has the release, in force or on its way; if not, nothing moves. */
export interface LocalUndone {
  readonly has: boolean;
}

export interface LocalSocket {
  close(): Promise<void>;
}

const MAX_BODY = 4_096;
const REQUEST_MS = 2_000;

export function openLocalSocket(
  directory: string,
  on: { status(): LocalStatus; undo(order: LocalUndo): LocalUndone; failed(text: string): void },
): LocalSocket {
  const server = createServer({ requestTimeout: REQUEST_MS, keepAlive: false }, (request, response) => {
    answer(request, response, on).catch((error: Error) => on.failed(`the local socket: ${error.message}`));
  });
  server.maxConnections = 16;
  const path = join(directory, SOCKET);
  // Under a name of its own first: closing removes that name, and never the socket of the process after this
  // one.
  const own = join(directory, `agent.${process.pid}.sock`);
  const ready = rm(own, { force: true })
    .then(() => listen(server, own))
    .then(() => chmod(own, 0o600))
    .then(() => rename(own, path))
    .catch((error: Error) => on.failed(`undo over ${path} is not possible: ${error.message}`));
  return {
    async close() {
      await ready;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  on: { status(): LocalStatus; undo(order: LocalUndo): LocalUndone },
): Promise<void> {
  const say = (code: number, body: object) =>
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const call = `${request.method} ${request.url}`;
  if (call === `GET ${localPaths.status}`) return void say(200, on.status());
  if (call !== `POST ${localPaths.undo}`) return void say(404, { error: `no ${call}` });
  if (Number(request.headers['content-length'] ?? Number.NaN) <= MAX_BODY) {
    const order = parse(await text(request));
    if (Value.Check(LocalUndo, order)) {
      return void say(202, on.undo(order));
    }
  }
  say(400, { error: 'an undo names by, from and to' });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not JSON: no order.
    return undefined;
  }
}
