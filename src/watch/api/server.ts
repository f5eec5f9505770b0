import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Decisions } from '../decide/decide.ts';
import { type Beats, readBeat } from '../instances/beats.ts';
import { verify } from '../journal/verify.ts';
import type { Settings } from '../settings/schema.ts';
import type { WatchState } from '../state.ts';
import { type IncidentRoutes, incidentCall } from './incidents.ts';
import { pageAt } from './page.ts';
import { type PrometheusRoutes, prometheusCall } from './prometheus.ts';
import { carries } from './token.ts';
import { type WordRoutes, wordCall } from './words.ts';

export interface Api {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface ApiOptions {
  readonly settings: Settings;
  readonly token: string;
  /** With which others may say that they live; `undefined`: nobody may. */
  readonly beatToken: string | undefined;
  readonly beats: Beats;
  readonly state: () => WatchState;
  readonly decisions: Decisions;
  readonly incidents: IncidentRoutes;
  readonly words: WordRoutes;
  /** A file of the status page. */
  readonly file: (path: string) => Promise<string | undefined>;
  readonly prometheus: PrometheusRoutes;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const MOST_BODY_BYTES = 65_536;
const LONGEST_SNOOZE_MS = 7 * 86_400_000;

/**
 * The watch's own API: `GET /livez`, `/readyz` and the status page for anybody; `POST /beat` with the token
 * of beats; with that or the token of people what `prometheus.ts` has; with the token of people `GET /state`,
 * `GET /journal/verify` and `POST /alarms/ID/acknowledge`, `/snooze` (`forMs`) and `/resolve` (`by`). It
 * answers from memory, and needs nobody.
 */
export async function openApi(options: ApiOptions): Promise<Api> {
  const { listen } = options.settings;
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
    if (prometheusCall(request, response, options)) return;
    const end = ({ status, body }: Answer) =>
      response
        .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
        .end(JSON.stringify(body));
    const failed = (error: Error) => end({ status: 500, body: { error: error.message } });
    pageOf(request, options)
      .then((file) => {
        if (file === undefined) return answer(request, options).then(end);
        response.writeHead(file.status, file.headers).end(file.text);
        return undefined;
      })
      .catch(failed);
  });
  server.maxConnections = 100;
  server.listen(listen);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${listen.host}:${port}`,
    port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function pageOf({ method, url = '' }: IncomingMessage, { file }: ApiOptions) {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  return pageAt(url.split('?')[0] ?? '', file);
}

async function answer(request: IncomingMessage, options: ApiOptions): Promise<Answer> {
  const { token, state, settings } = options;
  const call = `${request.method} ${request.url?.split('?')[0]}`;
  if (call === 'GET /livez') {
    const { id, version, at, lastCheckAt, dropped } = state();
    return { status: 200, body: { id, version, at, lastCheckAt, dropped } };
  }
  if (call === 'GET /readyz') return readiness(state());
  if (call === 'POST /beat') return beat(request, options);
  if (!carries(request.headers.authorization, token))
    return { status: 401, body: { error: 'the token is missing, or another one' } };
  if (call === 'GET /state') return { status: 200, body: state() };
  if (call === 'GET /journal/verify') return { status: 200, body: await verify(settings.journal) };
  const order = /^POST \/alarms\/([\w-]+)\/(acknowledge|snooze|resolve)$/.exec(call);
  if (order !== null) return ordered(order[1] ?? '', order[2] ?? '', await readBody(request), options);
  const body = () => readBody(request);
  const said = await wordCall(call, body, options.words);
  const incident = said ?? (await incidentCall(call, body, options.incidents));
  return incident ?? { status: 404, body: { error: `there is no ${call}` } };
}

/** In the form in which every process of Imara says it. */
function readiness({ journal, lastCheckAt }: WatchState): Answer {
  const checks = {
    journal:
      journal.error === null
        ? { ready: true }
        : { ready: false, reason: `its journal takes nothing: ${journal.error}` },
    checks: lastCheckAt === null ? { ready: false, reason: 'no check has ended yet' } : { ready: true },
  };
  const ready = Object.values(checks).every((one) => one.ready);
  const answers = { answered: 0, failed: 0 };
  return { status: ready ? 200 : 503, body: { ready, checks, answers } };
}

async function beat(request: IncomingMessage, { beatToken, beats }: ApiOptions): Promise<Answer> {
  if (beatToken === undefined || !carries(request.headers.authorization, beatToken))
    return { status: 401, body: { error: 'the token of beats is missing, or another one' } };
  const read = readBeat(await readBody(request));
  if (typeof read === 'string') return { status: 400, body: { error: read } };
  if (beats.heard(read)) return { status: 200, body: {} };
  return { status: 503, body: { error: 'too many send beats' } };
}

function ordered(id: string, type: string, body: unknown, { decisions }: ApiOptions): Answer {
  const { by, forMs } = Object(body) as { by?: unknown; forMs?: unknown };
  if (typeof by !== 'string' || by.trim() === '' || by.length > 200)
    return { status: 400, body: { error: '"by" must say who, in at most 200 letters' } };
  const order = orderOf(id, type, by, forMs);
  if (order === undefined)
    return { status: 400, body: { error: `"forMs" must be from 1000 to ${LONGEST_SNOOZE_MS}` } };
  return decisions.order(order)
    ? { status: 200, body: { id } }
    : { status: 404, body: { error: `no alarm ${id} is open` } };
}

function orderOf(
  id: string,
  type: string,
  by: string,
  forMs: unknown,
): Parameters<Decisions['order']>[0] | undefined {
  if (type === 'acknowledge' || type === 'resolve') return { type, id, by };
  const isTime = typeof forMs === 'number' && forMs >= 1_000 && forMs <= LONGEST_SNOOZE_MS;
  return isTime ? { type: 'snooze', id, by, forMs } : undefined;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  // A letter of several bytes may come in two parts.
  request.setEncoding('utf8');
  for await (const part of request) {
    text += part;
    if (text.length > MOST_BODY_BYTES) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
