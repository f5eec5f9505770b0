import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import Type, { type Static } from 'typebox';
import { choicesText } from '../../config/nearest.ts';
import {
  type CallbackState,
  callbackStates,
  listCallbacks,
  resendCallback,
  showCallback,
} from '../../delivery/browse.ts';
import { strictValidator } from '../../handset/routes.ts';
import { SYNTHETIC_SHORT_CODE } from '../../mpesa/parties/synthetic.ts';
import { findPush } from '../../mpesa/stk/find.ts';
import { SHORT_CODE_HEADER } from '../../mpesa/stk/result.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database.ts';
import { Deadline, DeadlineExceeded, within } from '../../platform/deadline.ts';
import { createMerchant, listMerchants } from './merchants.ts';

const DEADLINE_MS = 5_000;
const LISTED = 50;

/**
 * Merchants and callbacks over HTTP, for tests, tools and the command line; mounted at `/local/v1` in the local profile
 * alone, because whoever reaches it may make merchants and read what they are sent. JSON both ways.
 *
 * | call | body or query | 200 |
 * | --- | --- | --- |
 * | `GET /merchants` | | `{ merchants }`, keys masked |
 * | `POST /merchants` | `{ name, paybill? }` or `{ name, till?, store? }` | its credentials, this once |
 * | `GET /callbacks` | `state`, `host`, `payment` (CheckoutRequestID or receipt), `limit`, `synthetic` | `{ callbacks }`, newest first |
 * | `GET /callbacks/:id` | | the callback with its attempts (`log`), secrets in headers masked |
 * | `POST /callbacks/:id/resend` | | `{ state: "pending" }` |
 *
 * `:id` may be the payment's CheckoutRequestID or receipt. Errors: `{ error: { code, message } }` with 400 `invalid_request`, 404
 * `not_found`, 409 `taken`, `delivered` or `pending`, 503 `unavailable`, 500 `internal`.
 */
export function localRoutes({ database, clock }: { database: Database; clock: Clock }) {
  return async (app: FastifyInstance): Promise<void> => {
    app.setValidatorCompiler(strictValidator(choicesText));
    app.setErrorHandler((error: FastifyError, request, reply) => {
      if (error instanceof DeadlineExceeded) return refuse(reply, 503, 'unavailable', error.message);
      if (error.statusCode !== undefined && error.statusCode < 500) {
        return refuse(reply, error.statusCode, 'invalid_request', error.message);
      }
      request.log.error({ err: error, path: request.url }, 'a request of the local profile failed');
      return refuse(reply, 500, 'internal', 'this could not be done; the log says why');
    });
    app.setNotFoundHandler((request, reply) =>
      refuse(reply, 404, 'not_found', `no ${request.method} ${request.url}`),
    );

    app.get('/merchants', async () => ({
      merchants: await inTime('list merchants', () => listMerchants(database, SYNTHETIC_SHORT_CODE)),
    }));

    app.post<{ Body: Static<typeof Merchant> }>(
      '/merchants',
      { schema: { body: Merchant } },
      async ({ body }, reply) => {
        const { paybill, till, store } = body;
        if (paybill !== undefined && (till ?? store) !== undefined) {
          return refuse(reply, 400, 'invalid_request', 'a merchant has a pay bill, or a till with its store');
        }
        const created = await inTime('create merchant', () => createMerchant(database, body));
        return created.ok ? created.merchant : refuse(reply, 409, 'taken', `${created.taken} is somebody's`);
      },
    );

    app.get<{ Querystring: Static<typeof Filter> }>(
      '/callbacks',
      { schema: { querystring: Filter } },
      async ({ query: { state, host, payment, limit, synthetic } }) => {
        const id = payment === undefined ? undefined : await findPush(database, payment);
        if (payment !== undefined && id === undefined) return { callbacks: [] };
        const callbacks = await inTime('list callbacks', () =>
          listCallbacks(database, {
            limit: Number(limit ?? LISTED),
            ...(state === undefined ? {} : { states: [state as CallbackState] }),
            ...(host === undefined ? {} : { host }),
            ...(id === undefined ? {} : { ids: [id] }),
            ...(synthetic === undefined
              ? { without: { header: SHORT_CODE_HEADER, value: SYNTHETIC_SHORT_CODE } }
              : {}),
          }),
        );
        return { callbacks };
      },
    );

    app.get<OfCallback>('/callbacks/:id', { schema: { params: Id } }, async ({ params }, reply) => {
      const callback = await inTime('show callback', async () => {
        const id = await findPush(database, params.id);
        return id === undefined ? undefined : await showCallback(database, id);
      });
      return callback ?? refuse(reply, 404, 'not_found', `no callback of ${params.id}`);
    });

    app.post<OfCallback>('/callbacks/:id/resend', { schema: { params: Id } }, async ({ params }, reply) => {
      const resent = await inTime('resend callback', async () => {
        const id = await findPush(database, params.id);
        if (id === undefined) return { ok: false as const, reason: 'not_found' as const };
        return resendCallback(database, id, new Date(clock.now()));
      });
      if (resent.ok) return { state: 'pending' };
      return refuse(
        reply,
        resent.reason === 'not_found' ? 404 : 409,
        resent.reason,
        why[resent.reason](params.id),
      );
    });
  };
}

const why = {
  not_found: (id: string) => `no callback of ${id}`,
  pending: (id: string) => `the callback of ${id} is still to be sent`,
  delivered: (id: string) => `the callback of ${id} was delivered: it is never sent again`,
};

const PRINTABLE = '^[!-~]+$';

const Id = Type.Object({ id: Type.String({ pattern: PRINTABLE, maxLength: 64 }) });

const ShortCode = Type.String({ pattern: '^[1-9][0-9]{4,6}$' });

const Merchant = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60, pattern: '^[^\\u0000-\\u001f\\u007f]+$' }),
    paybill: Type.Optional(ShortCode),
    till: Type.Optional(ShortCode),
    store: Type.Optional(ShortCode),
  },
  { additionalProperties: false },
);

interface OfCallback {
  Params: Static<typeof Id>;
}

const Filter = Type.Object(
  {
    state: Type.Optional(Type.Enum([...callbackStates])),
    host: Type.Optional(Type.String({ pattern: PRINTABLE, maxLength: 255 })),
    payment: Type.Optional(Type.String({ pattern: PRINTABLE, maxLength: 64 })),
    limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]{0,2}|1000)$' })),
    synthetic: Type.Optional(Type.Literal('true')),
  },
  { additionalProperties: false },
);

function inTime<T>(what: string, work: () => Promise<T>): Promise<T> {
  return within(Deadline.in(DEADLINE_MS), what, work);
}

function refuse(reply: FastifyReply, status: number, code: string, message: string) {
  return reply.code(status).send({ error: { code, message } });
}
