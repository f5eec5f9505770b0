import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { inTransaction } from '../../platform/database.ts';
import type { CallbackDirectory, MerchantDirectory } from '../merchants.ts';
import { appendJournal } from '../store/journal.ts';
import type { ApiContext } from './context.ts';
import { invalid, operatorOf, Refusal } from './http.ts';

const ShortCode = Type.String({ pattern: '^[1-9][0-9]{4,6}$' });
const Merchant = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60 }),
    paybill: Type.Optional(ShortCode),
    till: Type.Optional(ShortCode),
    store: Type.Optional(ShortCode),
  },
  { additionalProperties: false },
);
const PRINTABLE = '^[!-~]+$';
const Id = Type.Object({ id: Type.String({ pattern: PRINTABLE, maxLength: 64 }) });
type OfCallback = { Params: Static<typeof Id> };
const LISTED = 50;

/** Who is paid: list, create; and what they were told: list, show, send again. */
export function merchantRoutes(
  { database, clock }: ApiContext,
  { merchants, callbacks }: { merchants: MerchantDirectory; callbacks: CallbackDirectory },
) {
  const Filter = Type.Object({
    state: Type.Optional(Type.Enum([...callbacks.states])),
    host: Type.Optional(Type.String({ pattern: PRINTABLE, maxLength: 255 })),
    payment: Type.Optional(Type.String({ pattern: PRINTABLE, maxLength: 64 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
    synthetic: Type.Optional(Type.Literal('true')),
  });

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/merchants', async (request) => {
      operatorOf(request, 'viewer');
      return { merchants: await merchants.list(database) };
    });

    app.post<{ Body: Static<typeof Merchant> }>(
      '/merchants',
      { schema: { body: Merchant } },
      async (request, reply) => {
        const { name: actor } = operatorOf(request, 'editor');
        const { paybill, till, store } = request.body;
        if (paybill !== undefined && (till ?? store) !== undefined)
          throw invalid('a merchant has a pay bill, or a till with its store');
        const merchant = await inTransaction(database, async (client) => {
          const made = await merchants.create(client, request.body);
          if (made.taken !== undefined)
            throw new Refusal(
              409,
              'taken',
              `${made.taken} is somebody's: choose another number, or leave it out and one is made up`,
            );
          const { name, kind, shortCode, partyB } = made.merchant;
          const data = { name, kind, partyB };
          await appendJournal(client, [
            { at: clock.now(), actor, kind: 'merchant.created', subject: shortCode, data },
          ]);
          return made.merchant;
        });
        return reply.code(201).send(merchant);
      },
    );

    app.get<{ Querystring: Static<typeof Filter> }>(
      '/callbacks',
      { schema: { querystring: Filter } },
      async (request) => {
        operatorOf(request, 'viewer');
        const { limit = LISTED, synthetic, ...query } = request.query;
        const wanted = { ...query, limit, synthetic: synthetic !== undefined };
        return { callbacks: await callbacks.list(database, wanted) };
      },
    );

    app.get<OfCallback>('/callbacks/:id', { schema: { params: Id } }, async (request) => {
      operatorOf(request, 'viewer');
      const { id } = request.params;
      const callback = await callbacks.show(database, id);
      if (callback === undefined) throw refused('not_found', id);
      return callback;
    });

    app.post<OfCallback>('/callbacks/:id/resend', { schema: { params: Id } }, async (request) => {
      const { name: actor } = operatorOf(request, 'editor');
      const now = clock.now();
      return inTransaction(database, async (client) => {
        const resent = await callbacks.resend(client, request.params.id, now);
        if ('refused' in resent) throw refused(resent.refused, request.params.id);
        await appendJournal(client, [
          { at: now, actor, kind: 'callback.resent', subject: resent.id, data: {} },
        ]);
        return { id: resent.id, state: 'pending' };
      });
    });
  };
}

function refused(why: 'not_found' | 'pending' | 'delivered', id: string): Refusal {
  switch (why) {
    case 'not_found':
      return new Refusal(404, why, `there is no callback of ${id}; \`callbacks list\` shows those there are`);
    case 'pending':
      return new Refusal(409, why, `the callback of ${id} is still to be sent; \`callbacks show\` says when`);
    case 'delivered':
      return new Refusal(409, why, `the callback of ${id} was delivered: it is never sent again`);
    default:
      return why satisfies never;
  }
}
