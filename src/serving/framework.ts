import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Deadline } from '../platform/deadline.ts';
import { ReceivedRequest } from './exchange.ts';

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

/** What handlers see of serving. A request that did not come through the gate (`fastify.inject`) has no deadline and no place. */
export function decorate(fastify: FastifyInstance, merchantShare: () => number): void {
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
