import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import Type, { type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { StoreAway } from '../database/store-away.ts';
import { DeadlineExceeded } from '../deadline.ts';
import { isPlainValue } from './plain-text.ts';
import { type Choices, schemaReasons } from './schema-reasons.ts';

// What the APIs of our own have in common: control's and the phones'. Requests are checked to the letter by
// their schemas, and every refusal is `{ error: { code, message, … } }`.

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

export function invalid(message: string): Refusal {
  return new Refusal(400, 'invalid_request', message);
}

export function refuse(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return reply.code(refusal.status).type('application/json').send(bodyOf(refusal));
}

export function bodyOf({ code, message, details }: Refusal): string {
  return JSON.stringify({ error: { code, message, ...details } });
}

/**
 * The framework's own validator would drop unknown keys and turn numbers into text: the answer must name a
 * typing error.
 */
export function strictRequests(app: FastifyInstance, choices?: Choices): void {
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    const compiled = Compile(schema);
    const isText = httpPart === 'querystring' || httpPart === 'params';
    return (given: unknown) => {
      const value = isText ? withNumbers(given, schema) : given;
      if (compiled.Check(value)) return { value };
      return { error: new Error(schemaReasons(schema, value, compiled.Errors(value), choices)) };
    };
  });
}

/**
 * Text that cannot be kept as it was sent is refused, in a body, a query or a path: control characters and
 * halves of characters. `checkedElsewhere`: keys of the body.
 */
export function plainRequests(
  app: FastifyInstance,
  isGood: (text: string) => boolean,
  checkedElsewhere: readonly string[] = [],
): void {
  app.addHook<{ Body: unknown }>('preValidation', ({ params, query, body }, _reply, done) => {
    const own = Object.entries(Object(body)).filter(([key]) => !checkedElsewhere.includes(key));
    const isPlain = isPlainValue([params, query, own], isGood);
    done(isPlain ? undefined : invalid('text must have no control characters'));
  });
}

/** `failed`: what is said of a fault of ours, whose cause is in the log. */
export function plainErrors(app: FastifyInstance, failed: string): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof Refusal) return refuse(reply, error);
    if (error.statusCode !== undefined && error.statusCode < 500)
      return refuse(reply, new Refusal(error.statusCode, 'invalid_request', error.message));
    if (error instanceof StoreAway || error instanceof DeadlineExceeded)
      return refuse(reply, new Refusal(503, 'unavailable', 'the store does not answer; try again'));
    request.log.error({ err: error }, 'a request failed');
    return refuse(reply, new Refusal(500, 'internal', failed));
  });
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, new Refusal(404, 'not_found', `no ${request.method} ${request.url}`)),
  );
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
