import { inTransaction } from '../../../../platform/database/database.ts';
import { invalid, Refusal } from '../../../../platform/http/json-api.ts';
import { routeOf } from '../../../contract/operation.ts';
import {
  type MerchantCredentials,
  merchantOperations as operations,
} from '../../../contract/resources/directories/merchants.ts';
import type { CallbackDirectory, MerchantDirectory } from '../../../directories/merchants.ts';
import { appendJournal } from '../../../store/journal.ts';
import type { ApiContext } from '../../context.ts';
import { type Asking, type OperatorsApi, operatorOf } from '../../http.ts';
import { openMerchant } from './merchants/one.ts';
import { changed } from './merchants/outcome.ts';

const LISTED = 50;

/** Who is paid: list, create; and their callbacks: list, show, send again. */
export function merchantRoutes(
  context: ApiContext,
  { merchants, callbacks }: { merchants: MerchantDirectory; callbacks: CallbackDirectory },
) {
  const { database, clock } = context;

  /** The merchant is there by now, and its credentials are told this once, whatever becomes of its money. */
  async function opened(request: Asking, shortCode: string): Promise<MerchantCredentials['opening']> {
    try {
      await openMerchant(context, merchants, request, shortCode);
      return { moved: true, why: null };
    } catch (error) {
      return { moved: false, why: error instanceof Error ? error.message : String(error) };
    }
  }

  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /merchants'),
      handler: async () => ({ merchants: await merchants.list(database) }),
    });

    app.route({
      ...routeOf(operations, 'POST /merchants'),
      handler: async (request, reply) => {
        const { paybill, till, store } = request.body;
        if (paybill !== undefined && (till ?? store) !== undefined)
          throw invalid('a merchant has a pay bill, or a till with its store');
        const merchant = await changed(
          context,
          request,
          (client) => merchants.create(client, request.body),
          ({ name, kind, shortCode: subject, partyB }) => ({
            kind: 'merchant.created',
            subject,
            data: { name, kind, partyB, ...request.body.opening },
          }),
        );
        const opening = request.body.opening === undefined ? null : await opened(request, merchant.shortCode);
        return reply.code(201).send({ ...merchant, opening });
      },
    });

    app.route({
      ...routeOf(operations, 'GET /callbacks'),
      handler: async (request) => {
        const { limit = LISTED, synthetic, ...query } = request.query;
        const wanted = { ...query, limit, synthetic: synthetic !== undefined };
        return { callbacks: await callbacks.list(database, wanted) };
      },
    });

    app.route({
      ...routeOf(operations, 'GET /callbacks/:id'),
      handler: async (request) => {
        const { id } = request.params;
        const callback = await callbacks.show(database, id);
        if (callback === undefined) throw refused('not_found', id);
        return callback;
      },
    });

    app.route({
      ...routeOf(operations, 'POST /callbacks/:id/resend'),
      handler: async (request) => {
        const { name: actor } = operatorOf(request);
        const now = clock.now();
        return inTransaction(database, async (client) => {
          const resent = await callbacks.resend(client, request.params.id, now);
          if ('refused' in resent) throw refused(resent.refused, request.params.id);
          await appendJournal(client, [
            { at: now, actor, kind: 'callback.resent', subject: resent.id, data: {} },
          ]);
          return { id: resent.id, state: 'pending' as const };
        });
      },
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
