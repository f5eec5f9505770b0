import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { fastify as Fastify, type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Registry } from 'prom-client';
import { type Deadline, DeadlineExceeded, within } from '../platform/deadline.ts';
import { allowHalfClosed, hostFault } from '../platform/http/http-answers.ts';
import type { Log } from '../platform/log.ts';
import { watchEventLoop } from '../platform/loop/event-loop.ts';
import { type Admission, createAdmission, createProductSettings } from './admission/admission.ts';
import { createLatencyBaseline } from './admission/latency-baseline.ts';
import type { UnderWay } from './counts.ts';
import { stopAccepting } from './drain.ts';
import { decorate, refuseMisrouted } from './framework.ts';
import { createServerMetrics } from './metrics.ts';
import { createOwnListener } from './own-listener.ts';
import { createActiveRequests } from './request/active.ts';
import { createBrokenRequests } from './request/broken.ts';
import {
  AnsweredResponse,
  type Exchange,
  pathOf,
  ReceivedRequest,
  unknownOperation,
} from './request/exchange.ts';
import { type Asked, askedBy, type RequestOutcome } from './request/outcome.ts';
import { createTurns } from './request/pipelining.ts';
import {
  applyLimits,
  type ClientFaultForm,
  createRefusalLog,
  plainClientFaults,
  writeRefusal,
} from './request/refusal.ts';
import { createServe } from './request/serve.ts';
import { readTarget } from './request/target.ts';
import type { ServingSettings } from './settings.ts';
import type { Operation, Refusal, RefusalForm, RefusalReason } from './types.ts';

export interface ApiServerOptions {
  operations: readonly Operation[];
  refusalForm: RefusalForm;
  clientFaultForm?: ClientFaultForm;
  settings: () => ServingSettings;
  log: Log;
  registry: Registry;
  /** The release served with, as a label of the metrics. */
  configVersion: () => string;
  /**
   * Called once for each client's request, at its deadline at the latest; `configVersion` is that of its
   * beginning.
   */
  onOutcome?: (outcome: RequestOutcome, configVersion: string, from: Asked) => void;
  /** Whether a change of the configuration is under way: what is slow is judged by what was usual before. */
  changing?: () => boolean;
  /** Monotonic milliseconds. */
  now?: () => number;
}

/**
 * Where to listen: an address, shared with other processes on request, or a socket that the supervisor bound.
 */
export type ListenAddress = { host: string; port: number; shared?: boolean } | { fd: number };

export interface ApiServer {
  fastify: FastifyInstance;
  /** Returns the port. */
  listen(address: ListenAddress): Promise<number>;
  /** Opens its own listener, beside or without a listener (`own-listener.ts`); returns the port. */
  listenByItself(host: string): Promise<number>;
  /**
   * Takes no new connection, finishes what came in, and returns when no connection is left or at the
   * deadline.
   */
  drain(deadline: Deadline): Promise<DrainOutcome>;
  readonly draining: boolean;
  /** What waits or is served now, by product. */
  underWay(): UnderWay[];
  /** Ends at once: connections are cut. After `drain` there are none. */
  close(): Promise<void>;
}

export interface DrainOutcome {
  /** Connections that were cut because the deadline passed. */
  cut: number;
}

const TICK_MS = 250;
const BACKLOG = 511;

/**
 * The server of an API: Fastify behind a gate. Each request is judged before the framework sees it, by its
 * method and path, read once (`request/target.ts`): the product's switch, a place in the product and the
 * process, its class. It then has a deadline, and its outcome is counted when it is answered or when the
 * deadline passes, whichever is first.
 */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { operations, refusalForm, settings, log, configVersion } = options;
  const { clientFaultForm = plainClientFaults, now = () => performance.now(), onOutcome } = options;
  const latencies = createLatencyBaseline({ changing: options.changing ?? (() => false) });
  const known = new Map(operations.map((operation) => [`${operation.method} ${operation.path}`, operation]));
  const knownPaths = new Set(operations.map(({ path }) => path));
  const isKnown = (path: string) => knownPaths.has(path);
  const turns = createTurns<Exchange>();
  const productSettings = createProductSettings(settings);
  const active = createActiveRequests<Exchange>();
  const activeOn = ({ operation }: Exchange) => active.on((operation ?? unknownOperation).path);
  let draining = false;

  const admission: Admission<Exchange> = createAdmission<Exchange>({
    settings,
    now,
    start: (exchange, place) => serve(exchange, place),
    refuse,
    gone: ({ request, response }) => request.destroyed || response.destroyed,
  });
  const metrics = createServerMetrics(options.registry, {
    routes: () => active.summary(now()),
    products: admission.products,
    configVersion,
  });
  const refusals = createRefusalLog(log, now);
  const broken = createBrokenRequests({ turns, metrics, clientFaultForm, isKnown });
  const serve = createServe({
    active,
    metrics,
    latencies,
    productSettings,
    refusalForm,
    notFound,
    configVersion,
    dispatch: ({ request, response }) => dispatch(request, response),
    ended,
    now,
  });

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
      // Node would answer these in a form of its own.
      requireHostHeader: false,
    },
    receive,
  );
  // An expectation we do not know is passed over: Node would answer it in a form of its own.
  server.on('checkExpectation', receive);
  // Nothing is tunnelled here. Without a listener Node cuts the connection and says nothing.
  server.on('connect', (request, socket: Socket) => broken.answerOn(socket, notFound(request.url ?? '')));
  allowHalfClosed(server);
  server.on('connection', admission.accepted);
  const ownListener = createOwnListener(server);
  applyLimits(server, limits);

  let dispatch: (request: ReceivedRequest, response: AnsweredResponse) => void = () => {};
  const loggerInstance: FastifyBaseLogger = log;
  const fastify: FastifyInstance = Fastify({
    bodyLimit: limits.bodyBytes,
    logController: new LogController({ disableRequestLogging: true }),
    loggerInstance,
    // Handlers log through the process's log: a logger of its own costs each request more than its routing
    // does.
    childLoggerFactory: () => loggerInstance,
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => broken.answerFault(error, socket),
    frameworkErrors: (_error, request, reply) => writeRefusal(reply.raw, notFound(request.raw.url ?? '')),
    serverFactory(handler) {
      dispatch = handler;
      return server;
    },
  });
  decorate(fastify, () => settings().merchantShare, ownListener.isOwn);
  refuseMisrouted(
    fastify,
    (method, path) => known.get(`${method} ${path}`),
    (request, reply, admitted) => {
      const route = (admitted ?? unknownOperation).path;
      metrics.refused(route, 'misrouted', configVersion());
      log.error(
        { method: request.method, url: request.url, admitted: route },
        'the router found another operation',
      );
      reply.hijack();
      writeRefusal(reply.raw, refusalForm(admitted, 'misrouted', admitted?.path ?? request.url));
    },
  );

  const eventLoop = watchEventLoop(TICK_MS, (reading) => {
    metrics.eventLoop(reading);
    admission.eventLoop(reading.delayP99Ms, reading.windowMs);
    applyLimits(server, settings().limits);
    refusals.flush();
  });

  function receive(request: ReceivedRequest, response: AnsweredResponse): void {
    broken.arriving(request);
    request.maxBodyBytes = limits.bodyBytes;
    request.whenReceived = () => arrive(request, response);
    // Too large: the framework will say so without reading it.
    if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes) request.received();
  }

  function arrive(request: ReceivedRequest, response: AnsweredResponse): void {
    const { socket } = request;
    const target = readTarget(request.url ?? '', isKnown);
    if (target !== undefined) request.url = target.url;
    const operation = target && known.get(`${request.method} ${target.path}`);
    const exchange = { request, response, target, operation, receivedAt: 0 };
    const turn = turns.arrive(socket, exchange);
    if (turns.received(socket) >= settings().limits.maxRequestsPerConnection)
      response.shouldKeepAlive = false;
    if (turn === 'now') begin(exchange);
    else if (turn === 'full') refuse(exchange, 'overloaded');
  }

  function begin(exchange: Exchange): void {
    const { request, response, target, operation } = exchange;
    exchange.receivedAt = now();
    if (draining) broken.closeAfterAnswers(request.socket);
    response.whenEnded = () => bringNext(request.socket, response);
    if (hostFault(request) !== undefined) {
      metrics.clientFault('malformed');
      writeRefusal(response, clientFaultForm('malformed', target?.path));
      return;
    }
    activeOn(exchange).add(exchange);
    admission.arrive(operation ?? unknownOperation, exchange);
  }

  /** In a turn of its own: it may be called from within the admission of another. */
  function bringNext(socket: Socket, { shouldKeepAlive }: AnsweredResponse): void {
    const following = turns.next(socket);
    if (following !== undefined && shouldKeepAlive) setImmediate(begin, following);
  }

  function notFound(path: string): Refusal {
    return refusalForm(undefined, 'not_found', path);
  }

  function refuse(exchange: Exchange, reason: RefusalReason): void {
    const { response, operation } = exchange;
    const route = (operation ?? unknownOperation).path;
    activeOn(exchange).delete(exchange);
    metrics.refused(route, reason, configVersion());
    if (reason === 'overloaded') ended(exchange, 'saturation', configVersion());
    refusals.add(route, reason);
    const jitter = Math.floor(Math.random() * 3);
    writeRefusal(
      response,
      refusalForm(operation, reason, pathOf(exchange)),
      settings().retryAfterSeconds + jitter,
    );
  }

  function ended(exchange: Exchange, outcome: RequestOutcome, version: string): void {
    const { request, response, operation } = exchange;
    if (onOutcome === undefined || ownListener.isOwn(request.socket)) return;
    // A page for people (the API's reference), however long it took, says nothing of how payments go.
    if (operation === undefined && outcome !== 'refused' && outcome !== 'saturation') return;
    onOutcome(outcome, version, askedBy(request, response, outcome, (operation ?? unknownOperation).product));
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
    underWay() {
      // Pages for people are of no product, and counted nowhere.
      const served = active.all().filter(({ operation }) => operation !== undefined);
      const byProduct = Map.groupBy(served, ({ operation }) => (operation ?? unknownOperation).product);
      return [...byProduct].map(([product, exchanges]) => ({
        product,
        inFlight: exchanges.length,
        oldestMs: Math.round(now() - Math.min(...exchanges.map(({ receivedAt }) => receivedAt))),
        deadlineMs: productSettings(product).deadlineMs,
      }));
    },
    async listenByItself(host) {
      await fastify.ready();
      return ownListener.open(host);
    },
    async drain(deadline) {
      draining = true;
      ownListener.close();
      for (const { request } of active.all()) broken.closeAfterAnswers(request.socket);
      const ended = stopAccepting(server);
      try {
        await within(deadline, 'drain', () => ended);
        return { cut: 0 };
      } catch (error) {
        if (!(error instanceof DeadlineExceeded)) throw error;
        const cut = active.all().length;
        server.closeAllConnections();
        return { cut };
      }
    },
    async close() {
      eventLoop[Symbol.dispose]();
      ownListener.close();
      server.close();
      server.closeAllConnections();
      await fastify.close();
    },
  };
}
