import { Refusal } from '../../../../platform/http/json-api.ts';
import { routeOf } from '../../../contract/operation.ts';
import { paymentOperations as operations } from '../../../contract/resources/directories/payments.ts';
import type { PaymentDirectory } from '../../../directories/payments.ts';
import type { ApiContext } from '../../context.ts';
import type { OperatorsApi } from '../../http.ts';

const LISTED = 50;
const MOST_CHANGES = 500;
const LONGEST_MS = 31 * 86_400_000;
/** A change is committed within this of its time, but for a database that is in trouble. */
const OVERLAP_MS = 2_000;

/** Payments: list, follow, and all about one. */
export function paymentRoutes({ database, clock }: ApiContext, payments: PaymentDirectory) {
  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /payments'),
      handler: async (request) => {
        const { limit = LISTED, synthetic, ...query } = request.query;
        const wanted = { ...query, limit, synthetic: synthetic !== undefined };
        return { payments: await payments.list(database, wanted) };
      },
    });

    app.route({
      ...routeOf(operations, 'GET /payments/changes'),
      handler: async (request) => {
        const { after, synthetic, ...query } = request.query;
        const now = clock.now();
        const from = new Date((after === undefined ? now : Date.parse(after)) - OVERLAP_MS);
        const wanted = { ...query, limit: MOST_CHANGES, synthetic: synthetic !== undefined, after: from };
        const found = await payments.changes(database, wanted);
        const last = found.length === MOST_CHANGES ? found.at(-1) : undefined;
        return { payments: found, next: last?.endedAt ?? last?.at ?? new Date(now).toISOString() };
      },
    });

    app.route({
      ...routeOf(operations, 'GET /payments/impact'),
      handler: async (request) => {
        const [from, to] = [new Date(request.query.from), new Date(request.query.to)];
        const ms = to.getTime() - from.getTime();
        if (ms >= 0 && ms <= LONGEST_MS) return payments.impact(database, { from, to });
        throw new Refusal(400, 'invalid', 'to must be from 0 to 31 days after from');
      },
    });

    app.route({
      ...routeOf(operations, 'GET /payments/:id'),
      handler: async (request) => {
        const { id } = request.params;
        const page = await payments.show(database, id);
        if (page !== undefined) return page;
        throw new Refusal(
          404,
          'not_found',
          `nothing that was taken has ${id}; \`payments list\` shows what was`,
        );
      },
    });
  };
}
