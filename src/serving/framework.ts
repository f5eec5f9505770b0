import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Deadline } from '../platform/deadline.ts';
import { AnsweredResponse, ReceivedRequest } from './request/exchange.ts';
import type { Operation } from './types.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What is left of the time to answer: every wait below takes it. Set for what came through the gate. */
    deadline?: Deadline;
    /** What the handler is doing, for the count of deadlines that passed: `auth`, `ledger`, `dispatch`. */
    stage: string;
    /**
     * Counts the request for its merchant's app; `false`: the app holds its share of a busy product, refuse
     * it.
     */
    enterApp(appId: string): boolean;
    /**
     * Whether it came in by the instance's own listener: a probe's, or the watch's.
     */
    isOwn(): boolean;
    /**
     * Who asks, as far as that is known before the app is: what one caller gets refused is one
     * caller's.
     */
    isFrom(caller: string): void;
  }
}

function served({ raw }: FastifyRequest) {
  return raw instanceof ReceivedRequest ? raw.served : undefined;
}

/**
 * The second opinion on each request: a route runs only for the operation that the gate admitted (its switch,
 * its place), however the router came to it. `operationOf`: the operation that a route serves.
 */
export function refuseMisrouted(
  fastify: FastifyInstance,
  operationOf: (method: string, path: string) => Operation | undefined,
  refuse: (request: FastifyRequest, reply: FastifyReply, admitted: Operation | undefined) => void,
): void {
  fastify.addHook('onRoute', (route) => {
    const methods = [route.method].flat();
    const operations = new Map(methods.map((method) => [method, operationOf(method, route.url)]));
    const check = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
      const through = served(request);
      if (through === undefined || operations.get(request.method) === through.operation) done();
      else refuse(request, reply, through.operation);
    };
    route.onRequest = [check, ...[route.onRequest ?? []].flat()];
  });
}

/**
 * What handlers see of serving. A request that did not come through the gate (`fastify.inject`) has no
 * deadline and no place.
 */
export function decorate(
  fastify: FastifyInstance,
  merchantShare: () => number,
  isOwn: (socket: Socket) => boolean,
): void {
  fastify.decorateRequest('stage', 'handler');
  fastify.decorateRequest('deadline', undefined);
  fastify.decorateRequest('enterApp', function (this: FastifyRequest, appId: string) {
    this.isFrom(appId);
    return served(this)?.place.enter(appId, merchantShare()) ?? true;
  });
  fastify.decorateRequest('isOwn', function (this: FastifyRequest) {
    return isOwn(this.raw.socket);
  });
  fastify.decorateRequest('isFrom', function (this: FastifyRequest, caller: string) {
    const through = served(this);
    if (through !== undefined) through.caller = caller;
  });
  // What a handler throws is ours, unless the framework says that it is about the request; its answer may
  // name it better.
  fastify.addHook('onError', (_request, { raw }, error, done) => {
    const theirs = error.statusCode !== undefined && error.statusCode < 500;
    if (raw instanceof AnsweredResponse)
      raw.blame ??= theirs
        ? { fault: 'caller', kind: 'malformed_body' }
        : { fault: 'ours', kind: 'internal' };
    done();
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
