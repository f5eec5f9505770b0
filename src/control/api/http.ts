import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawServerDefault,
} from 'fastify';
import Type, { type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { choicesText } from '../../config/check/nearest.ts';
import { StoreAway } from '../../platform/database/store-away.ts';
import { DeadlineExceeded } from '../../platform/deadline.ts';
import { isPlainValue, readUtf8 } from '../../platform/http/plain-text.ts';
import { schemaReasons } from '../../platform/http/schema-reasons.ts';
import { newId } from '../../platform/ids.ts';
import { mayAct, type Operator, type OperatorBook, type Role } from '../operators.ts';

/** Why a request is not done, as it is answered: `{ error: { code, message, ... } }`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;
  readonly details: object;

  constructor(status: number, code: string, message: string, details: object = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

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
 * The framework's own validator would drop unknown keys and turn numbers into text: a typing error must be
 * told.
 */
export function strictBodies(app: FastifyInstance): void {
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    const compiled = Compile(schema);
    const isText = httpPart === 'querystring' || httpPart === 'params';
    return (given: unknown) => {
      const value = isText ? withNumbers(given, schema) : given;
      if (compiled.Check(value)) return { value };
      return { error: new Error(schemaReasons(schema, value, compiled.Errors(value), choicesText)) };
    };
  });
}

/**
 * Text that cannot be kept as it was sent is refused, in a body, a query or a path: bytes that are not UTF-8,
 * control characters (but tabs and line ends, which certificates have), halves of characters. What a change
 * holds is checked with its schema, which names the key.
 */
export function plainRequests(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('ignore', 'ignore');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    const text = readUtf8(bytes);
    if (text === undefined) done(invalid('the body is not UTF-8'));
    else parse(request, text, done);
  });
  app.addHook<{ Body: unknown }>('preValidation', ({ params, query, body }, _reply, done) => {
    const { change: _, ...rest } = Object(body);
    done(isPlainValue([params, query, rest]) ? undefined : invalid('text must have no control characters'));
  });
}

export function invalid(message: string): Refusal {
  return new Refusal(400, 'invalid_request', message);
}

export function plainErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof Refusal) return refuse(reply, error);
    if (error.statusCode !== undefined && error.statusCode < 500)
      return refuse(reply, new Refusal(error.statusCode, 'invalid_request', error.message));
    if (error instanceof StoreAway || error instanceof DeadlineExceeded)
      return refuse(reply, new Refusal(503, 'unavailable', 'the store does not answer; try again'));
    request.log.error({ err: error }, 'a request failed');
    return refuse(reply, new Refusal(500, 'internal', 'this could not be done; the log says why'));
  });
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, new Refusal(404, 'not_found', `no ${request.method} ${request.url}`)),
  );
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
    const token = bearer(request);
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

/**
 * Whether it carries the token that machines have in common. Tells no more than the length, which is no
 * secret; hashing both would cost more than the rest of a beat's admission.
 */
export function showsToken(request: FastifyRequest, token: string): boolean {
  const [shown, expected] = [Buffer.from(bearer(request) ?? ''), Buffer.from(token)];
  return shown.length === expected.length && timingSafeEqual(shown, expected);
}

export function bearer({ headers }: FastifyRequest): string | undefined {
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

const Key = /^[\w.:-]{8,100}$/;

/** The client's id of the request, by which a repetition is known; a new one when it gives none. */
export function idempotencyKey({ headers }: Pick<Asking, 'headers'>): string {
  const key = headers['idempotency-key'];
  if (key === undefined) return newId();
  if (typeof key === 'string' && Key.test(key)) return key;
  throw new Refusal(400, 'invalid_request', 'Idempotency-Key: 8 to 100 letters, digits or . : _ -');
}

export function refuse(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return reply.code(refusal.status).type('application/json').send(bodyOf(refusal));
}

export function bodyOf({ code, message, details }: Refusal): string {
  return JSON.stringify({ error: { code, message, ...details } });
}

/** Queries and paths are text: what the schema calls a number is read as one. */
function withNumbers(given: unknown, schema: TSchema): unknown {
  const properties = Type.IsObject(schema) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(Object(given)).map(([key, value]) => {
      const wanted = properties[key];
      const isNumber = wanted !== undefined && (Type.IsInteger(wanted) || Type.IsNumber(wanted));
      return [key, isNumber && typeof value === 'string' && value !== '' ? Number(value) : value];
    }),
  );
}
