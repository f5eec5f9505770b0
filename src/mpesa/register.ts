import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuthClient } from '../auth/client/types.ts';
import { boundedLog } from '../platform/bounded-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/database.ts';
import { readUtf8 } from '../platform/http/plain-text.ts';
import type { Log } from '../platform/log.ts';
import { referencePage } from '../platform/reference-page/reference-page.ts';
import { type Quota, requireBearer } from './api/bearer.ts';
import type { ProductDependencies } from './api/define-product.ts';
import { refusal } from './api/errors/forms.ts';
import { openApiDocument } from './api/openapi.ts';
import { fieldsOf, sendRefusal } from './api/request.ts';
import { unknownPath } from './api/unserved.ts';
import {
  catalogue,
  type MpesaOperation,
  type MpesaSettings,
  operationAt,
  productNamed,
  servedAs,
} from './catalogue.ts';
import type { FaultBook } from './faults/book.ts';
import { injectFaults } from './faults/hooks.ts';
import { openAppProducts } from './parties/app-products.ts';
import { organisations } from './parties/organisations.ts';
import { requestLane } from './requests/acceptance/lane.ts';

export interface MpesaDependencies {
  database: Database;
  auth: AuthClient;
  settings: () => MpesaSettings;
  clock: Clock;
  newId: () => string;
  log: Log;
  quota?: Quota;
  /** Failures on demand, where they may be had. */
  faults?: FaultBook;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: MpesaOperation;
  }
}

/** No body of an operation comes near it that does not say so. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Puts the API on `fastify`: the operations of every product, their reference (`/openapi.json`, `/docs`), and
 * the answers for whatever is neither, so that nothing leaves the server in another form than the API's. On
 * close, requests that were taken are still decided.
 */
export function registerMpesa(fastify: FastifyInstance, deps: MpesaDependencies): void {
  fastify.decorateRequest('appId', '');
  readBodies(fastify);
  fastify.setErrorHandler((error: FastifyError, request, reply) =>
    answerError(error, request, reply, deps.log),
  );
  fastify.setNotFoundHandler(answerUnrouted);
  if (deps.faults !== undefined)
    injectFaults(fastify, { ...deps, book: deps.faults, productOf: productNamed });
  mountCatalogue(fastify, deps);
  fastify.register(referencePage({ title: 'Imara', document: openApiDocument }));
}

function mountCatalogue(fastify: FastifyInstance, deps: MpesaDependencies): void {
  const apps = openAppProducts(deps);
  fastify.addHook('onReady', () => apps.loaded);
  fastify.addHook('onClose', () => apps.close());
  const requests = requestLane(deps);
  fastify.addHook('onClose', () => requests.close());
  const shared: ProductDependencies<MpesaSettings> = {
    ...deps,
    payments: boundedLog(deps.log),
    organisations: organisations(deps.database),
    requests,
    onClose: (close) => fastify.addHook('onClose', close),
  };
  for (const product of catalogue) {
    for (const offered of Object.values(product.operations)) {
      const handler = offered.handler(shared, product.family);
      for (const operation of servedAs(product, offered)) {
        fastify.route({
          method: operation.method,
          url: operation.path,
          config: { operation },
          bodyLimit: offered.maxBodyBytes ?? MAX_BODY_BYTES,
          exposeHeadRoute: false,
          ...(offered.authentication === 'bearer' && {
            onRequest: requireBearer(operation, { ...deps, apps }),
          }),
          handler,
        });
      }
    }
  }
}

class MalformedBody extends Error {
  readonly statusCode = 400;
}
const malformedBody = new MalformedBody('the body is no JSON object, and no list');

/**
 * JSON by `application/json` alone. A body of another type is read, within the limit, and taken for one
 * without fields: the API then misses the first one, as the real one does.
 */
function readBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const bodyLimit = MAX_BODY_BYTES;
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit },
    (_request: FastifyRequest, body: Buffer, done: (error: Error | null, body?: unknown) => void) => {
      const text = readUtf8(body);
      const parsed = text === undefined ? undefined : parse(text);
      if (parsed === undefined) done(malformedBody);
      else done(null, parsed);
    },
  );
  fastify.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, (_request, _body, done) => {
    done(null, {});
  });
}

/** An object, or a list: whether the operation takes one is its own matter. */
function parse(body: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** The gate has read the target: the URL is canonical here. */
function pathOf({ url }: FastifyRequest): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

function answerUnrouted(request: FastifyRequest, reply: FastifyReply): void {
  const path = pathOf(request);
  const known = operationAt(path);
  sendRefusal(
    reply,
    known === undefined ? unknownPath(path) : refusal(known.family, 'wrongMethod', request.method),
  );
}

/**
 * What broke before or in a handler. Only a bug of ours is logged; the caller never learns more than its
 * kind.
 */
function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const path = pathOf(request);
  const operation = operationAt(path);
  const isTheirs = error.statusCode !== undefined && error.statusCode < 500;
  if (request.is404) {
    answerUnrouted(request, reply);
  } else if (!isTheirs) {
    const { CheckoutRequestID } = fieldsOf(request) ?? {};
    log.error({ err: error, path, CheckoutRequestID }, 'a request failed by a fault of ours');
    sendRefusal(reply, refusal(operation?.family ?? 'stk', 'internal'));
  } else if (operation === undefined) {
    answerUnrouted(request, reply);
  } else if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    sendRefusal(reply, refusal(operation.family, 'invalidField', operation.firstField));
  } else {
    sendRefusal(reply, refusal(operation.family, 'malformedBody'));
  }
}
