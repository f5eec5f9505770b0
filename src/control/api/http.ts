import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import { readBearer } from '../../platform/http/authorization.ts';
import { invalid, plainRequests, Refusal } from '../../platform/http/json-api.ts';
import { isPlainBlock, readUtf8 } from '../../platform/http/plain-text.ts';
import { newId } from '../../platform/ids.ts';
import { mayAct, type Operator, type OperatorBook, type Role } from '../operators.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose token it carries; set for the operators' API alone. */
    operator?: Operator;
  }
  interface FastifyContextConfig {
    /** What an operator has to be at least, to ask this. */
    role?: Role;
  }
}

/** The operators' API: what its routes take and answer is typed by their schemas (`contract/`). */
export type OperatorsApi = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/**
 * Bytes that are not UTF-8 are refused, and text that cannot be kept as it was sent; tabs and line ends can,
 * which certificates have. What a change holds is checked with its schema, which names the key.
 */
export function plainChanges(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('ignore', 'ignore');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    const text = readUtf8(bytes);
    if (text === undefined) done(invalid('the body is not UTF-8'));
    else parse(request, text, done);
  });
  plainRequests(app, isPlainBlock, ['change']);
}

/**
 * What is answered is what the handler returned, to the last key. A serializer made of the schema would leave
 * out what is not in it; that the two agree is for the types and the tests to see to.
 */
export function plainAnswers(app: FastifyInstance): void {
  app.setSerializerCompiler(() => JSON.stringify);
}

/**
 * Every request shows a token (`Authorization: Bearer …`) whose holder may ask for it: `role` of its
 * operation.
 */
export function requireOperator(app: FastifyInstance, operators: OperatorBook): void {
  app.addHook('onRequest', async (request) => {
    const token = readBearer(request.headers.authorization);
    if (token === undefined)
      throw new Refusal(401, 'unauthenticated', 'show an operator token: Authorization: Bearer …');
    const operator = operators.find(token);
    if (operator === undefined) {
      const message =
        'the operator token that was shown is wrong: it is not known here, was replaced, or its holder removed';
      throw new Refusal(401, 'wrong_token', message);
    }
    request.operator = operator;
  });
  app.addHook('preHandler', async (request) => {
    const { role } = request.routeOptions.config;
    if (role === undefined) throw new Error('a route that does not say who may ask it');
    operatorOf(request, role);
  });
}

/** What is needed of a request to know who asks, and of a reply to say how it went. */
export interface Asking {
  readonly operator?: Operator;
  readonly headers: IncomingHttpHeaders;
}
export interface Status<Codes extends number> {
  code(status: Codes): unknown;
}

/** Who asks; refused where they may not do so much. */
export function operatorOf({ operator }: Pick<Asking, 'operator'>, needed: Role = 'viewer'): Operator {
  if (operator === undefined) throw new Error('a route without the hook that asks for a token');
  if (mayAct(operator, needed)) return operator;
  throw new Refusal(403, 'forbidden', `${operator.name} is ${operator.role}; this takes ${needed}`);
}

const Key = /^[\w.:-]{8,100}$/;

/** The client's id of the request, by which a repetition is known; a new one when it gives none. */
export function idempotencyKey({ headers }: Pick<Asking, 'headers'>): string {
  const key = headers['idempotency-key'];
  if (key === undefined) return newId();
  if (typeof key === 'string' && Key.test(key)) return key;
  throw new Refusal(400, 'invalid_request', 'Idempotency-Key: 8 to 100 letters, digits or . : _ -');
}
