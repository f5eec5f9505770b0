import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server, type Socket } from 'node:net';
import {
  fastify as Fastify,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Registry } from 'prom-client';
import { Deadline, DeadlineExceeded, within } from '../platform/deadline.ts';
import type { Log } from '../platform/log.ts';
import { type Admission, createAdmission, createProductSettings } from './admission/admission.ts';
import type { Place, ServedOutcome } from './admission/bulkhead.ts';
import { watchEventLoop } from './event-loop.ts';
import { AnsweredResponse, ReceivedRequest, type Served } from './exchange.ts';
import { createServerMetrics } from './metrics.ts';
import {
  applyLimits,
  type ClientFaultForm,
  clientFault,
  faultBytes,
  plainClientFaults,
  writeRefusal,
} from './refusal.ts';
import type { ServingSettings } from './settings.ts';
import type { Operation, RefusalForm, RefusalReason } from './types.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What is left of the time to answer: every wait below takes it. Set for what came through the gate. */
    deadline?: Deadline;
    /** What the handler is doing, for the count of deadlines that passed: `auth`, `ledger`, `dispatch`. */
    stage: string;
    /** Counts the request for its merchant's app; `false`: the app holds its share of a busy product, refuse it. */
    enterApp(appId: string): boolean;
  }
}

export interface ApiServerOptions {
  operations: readonly Operation[];
  refusalForm: RefusalForm;
  clientFaultForm?: ClientFaultForm;
  settings: () => ServingSettings;
  log: Log;
  registry: Registry;
  /** The release served with, as a label of the metrics. */
  configVersion: () => string;
  /** Monotonic milliseconds. */
  now?: () => number;
}

/** Where to listen: an address, shared with other processes on request, or a socket that the supervisor bound. */
export type ListenAddress = { host: string; port: number; shared?: boolean } | { fd: number };

export interface ApiServer {
  fastify: FastifyInstance;
  /** Returns the port. */
  listen(address: ListenAddress): Promise<number>;
  /** Takes no new connection, finishes what came in, and returns when no connection is left or at the deadline. */
  drain(deadline: Deadline): Promise<DrainOutcome>;
  readonly draining: boolean;
  /** Ends at once: connections are cut. After `drain` there are none. */
  close(): Promise<void>;
}

export interface DrainOutcome {
  /** Connections that were cut because the deadline passed. */
  cut: number;
}

interface Exchange {
  request: ReceivedRequest;
  response: AnsweredResponse;
  operation: Operation | undefined;
  receivedAt: number;
}

/** Paths the API does not know share one budget: their answer is cheap, a flood of them is not. */
const unknownOperation = { product: 'unknown', priority: 'helper', path: 'unknown' } as const;
const TICK_MS = 250;
const REFUSALS_LOGGED_EVERY_MS = 1_000;
const BACKLOG = 511;

/**
 * The server of an API: Fastify behind a gate. Each request is judged before the framework sees it, by its method and path:
 * the product's switch, a place in the product and the process, its class. It then has a deadline, and its outcome is
 * counted when it is answered or when the deadline passes, whichever is first.
 */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { operations, refusalForm, settings, log, configVersion } = options;
  const { clientFaultForm = plainClientFaults, now = () => performance.now() } = options;
  const known = new Map(operations.map((operation) => [`${operation.method} ${operation.path}`, operation]));
  const productSettings = createProductSettings(settings);
  const active = new Map<string, Set<Exchange>>();
  let draining = false;

  const admission: Admission<Exchange> = createAdmission<Exchange>({
    settings,
    now,
    start: serve,
    refuse,
    gone: ({ response }) => response.destroyed,
  });
  const metrics = createServerMetrics(options.registry, {
    routes: () => [...active].map(([route, exchanges]) => ({ route, ...summary(exchanges, now()) })),
    products: admission.products,
    configVersion,
  });
  const refusals = createRefusalLog(log, now);

  const { limits } = settings();
  const server = createServer(
    {
      IncomingMessage: ReceivedRequest,
      ServerResponse: AnsweredResponse,
      maxHeaderSize: limits.headerBytes,
      connectionsCheckingInterval: limits.checkEveryMs,
      // A body within the limit fits the request's buffer: its last byte is read before anybody consumes it.
      highWaterMark: limits.bodyBytes + 1,
      noDelay: true,
    },
    (request, response) => {
      request.maxBodyBytes = limits.bodyBytes;
      request.whenReceived = () => arrive(request, response);
      // Too large: the framework will say so without reading it.
      if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes) request.received();
    },
  );
  applyLimits(server, limits);

  let dispatch: (request: ReceivedRequest, response: AnsweredResponse) => void = () => {};
  const loggerInstance: FastifyBaseLogger = log;
  const fastify: FastifyInstance = Fastify({
    bodyLimit: limits.bodyBytes,
    logController: new LogController({ disableRequestLogging: true }),
    loggerInstance,
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => answerFault(error.code, socket),
    serverFactory(handler) {
      dispatch = handler;
      return server;
    },
  });
  decorate(fastify, () => settings().merchantShare);

  const eventLoop = watchEventLoop(TICK_MS, (reading) => {
    metrics.eventLoop(reading);
    admission.eventLoop(reading.delayP99Ms, reading.windowMs);
    applyLimits(server, settings().limits);
    refusals.flush();
  });

  function arrive(request: ReceivedRequest, response: AnsweredResponse): void {
    const url = request.url ?? '';
    const query = url.indexOf('?');
    const operation = known.get(`${request.method} ${query === -1 ? url : url.slice(0, query)}`);
    const exchange = { request, response, operation, receivedAt: now() };
    if (draining) response.shouldKeepAlive = false;
    activeOn(exchange).add(exchange);
    admission.arrive(operation ?? unknownOperation, exchange);
  }

  function serve(exchange: Exchange, place: Place): void {
    const { request, response, operation, receivedAt } = exchange;
    const { product, path: route } = operation ?? unknownOperation;
    const leftMs = productSettings(product).deadlineMs - (now() - receivedAt);
    const served: Served = {
      place,
      deadline: Deadline.in(leftMs),
      configVersion: configVersion(),
      framework: undefined,
    };
    request.served = served;
    const settle = (outcome: ServedOutcome, errorType: string) => {
      clearTimeout(timer);
      activeOn(exchange).delete(exchange);
      place.leave(outcome);
      metrics.answered({
        method: request.method ?? '',
        route,
        status: response.statusCode,
        errorType,
        configVersion: served.configVersion,
        seconds: (now() - receivedAt) / 1_000,
      });
    };
    response.whenAnswered = () => {
      const { statusCode } = response;
      settle(statusCode < 400 ? 'answered' : 'failed', statusCode >= 500 ? String(statusCode) : '');
    };
    const timer = setTimeout(() => {
      response.whenAnswered = undefined;
      metrics.deadlineExceeded(route, served.framework?.request.stage ?? 'framework');
      // What the handler still brings is ignored.
      served.framework?.reply.hijack();
      const refusal = refusalForm(operation, 'deadline');
      if (!response.headersSent) response.statusCode = refusal.status;
      settle('deadline', 'deadline');
      if (response.headersSent) response.destroy();
      else writeRefusal(response, refusal);
    }, Math.ceil(leftMs));
    dispatch(request, response);
  }

  function refuse(exchange: Exchange, reason: RefusalReason): void {
    const { response, operation } = exchange;
    const route = (operation ?? unknownOperation).path;
    activeOn(exchange).delete(exchange);
    metrics.refused(route, reason, configVersion());
    refusals.add(route, reason);
    const jitter = Math.floor(Math.random() * 3);
    writeRefusal(response, refusalForm(operation, reason), settings().retryAfterSeconds + jitter);
  }

  function activeOn({ operation }: Exchange): Set<Exchange> {
    const { path } = operation ?? unknownOperation;
    const found = active.get(path);
    if (found !== undefined) return found;
    const made = new Set<Exchange>();
    active.set(path, made);
    return made;
  }

  function allActive(): Exchange[] {
    return [...active.values()].flatMap((exchanges) => [...exchanges]);
  }

  function answerFault(code: string | undefined, socket: Socket): void {
    const fault = clientFault(code);
    // An answer now would be taken for the answer to the request that is still being served on this connection.
    const serving = allActive().some(({ request }) => request.socket === socket);
    if (fault !== undefined) metrics.clientFault(fault);
    if (fault === undefined || serving || !socket.writable) socket.destroy();
    else socket.end(faultBytes(clientFaultForm(fault)), () => socket.destroy());
  }

  return {
    fastify,
    get draining() {
      return draining;
    },
    async listen(address) {
      await fastify.ready();
      const where =
        'fd' in address
          ? { fd: address.fd }
          : { host: address.host, port: address.port, reusePort: address.shared ?? false };
      server.listen({ ...where, backlog: BACKLOG });
      await once(server, 'listening');
      const bound = server.address();
      return typeof bound === 'object' && bound !== null ? bound.port : 0;
    },
    async drain(deadline) {
      draining = true;
      for (const { response } of allActive()) response.shouldKeepAlive = false;
      const ended = stopAccepting(server);
      try {
        await within(deadline, 'drain', () => ended);
        return { cut: 0 };
      } catch (error) {
        if (!(error instanceof DeadlineExceeded)) throw error;
        const cut = allActive().length;
        server.closeAllConnections();
        return { cut };
      }
    },
    async close() {
      eventLoop[Symbol.dispose]();
      server.close();
      server.closeAllConnections();
      await fastify.close();
    },
  };
}

/**
 * Closes the listener and nothing else; settles when the last connection has ended. `http.Server.close` would also cut idle
 * connections, on which the client may be sending its next request: each is told `Connection: close` with its next answer, or
 * ends by the keep-alive time it was told. Closed right after a turn of the event loop that accepted all that waited.
 */
function stopAccepting(server: Server): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => Server.prototype.close.call(server, () => resolve()));
  });
}

function summary(exchanges: ReadonlySet<Exchange>, now: number) {
  const [oldest] = exchanges;
  const oldestAgeSeconds = oldest === undefined ? 0 : (now - oldest.receivedAt) / 1_000;
  return { active: exchanges.size, oldestAgeSeconds };
}

/** What handlers see of serving. A request that did not come through the gate (`fastify.inject`) has no deadline and no place. */
function decorate(fastify: FastifyInstance, merchantShare: () => number): void {
  const served = (request: FastifyRequest) =>
    request.raw instanceof ReceivedRequest ? request.raw.served : undefined;
  fastify.decorateRequest('stage', 'handler');
  fastify.decorateRequest('deadline', undefined);
  fastify.decorateRequest('enterApp', function (this: FastifyRequest, appId: string) {
    return served(this)?.place.enter(appId, merchantShare()) ?? true;
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    const through = served(request);
    if (through !== undefined) {
      through.framework = { request, reply };
      request.deadline = through.deadline;
    }
    done();
  });
}

/** One line a second at most, with the sum of what was refused: a line each would cost more than the refusals. */
function createRefusalLog(log: Log, now: () => number) {
  let counts = new Map<string, number>();
  let flushedAt = now();
  return {
    add(route: string, reason: RefusalReason) {
      const key = `${route} ${reason}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    flush() {
      if (counts.size === 0 || now() - flushedAt < REFUSALS_LOGGED_EVERY_MS) return;
      log.warn({ refused: Object.fromEntries(counts) }, 'refused requests');
      counts = new Map();
      flushedAt = now();
    },
  };
}
