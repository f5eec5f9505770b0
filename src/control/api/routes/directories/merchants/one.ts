import { routeOf } from '../../../../contract/operation.ts';
import {
  type OpeningMovedView,
  oneMerchantOperations as operations,
} from '../../../../contract/resources/directories/merchants/one.ts';
import type { MerchantDirectory } from '../../../../directories/merchants.ts';
import type { ApiContext } from '../../../context.ts';
import type { Asking, OperatorsApi } from '../../../http.ts';
import { changed, done } from './outcome.ts';

const DAY_SECONDS = 86_400;

/**
 * Moves what it begins with. The books commit by themselves, and first: asked again, they find their posting.
 */
export async function openMerchant(
  context: ApiContext,
  merchants: MerchantDirectory,
  request: Asking,
  shortCode: string,
): Promise<OpeningMovedView> {
  const { isNew: _, ...moved } = await changed(
    context,
    request,
    (client) => merchants.open(client, shortCode, context.clock.now()),
    ({ shortCode: subject, amount, source, isNew }) =>
      isNew ? { kind: 'merchant.opened', subject, data: { amount, source } } : undefined,
  );
  return moved;
}

/** One merchant: show, edit, money, apps. */
export function oneMerchantRoutes(context: ApiContext, merchants: MerchantDirectory) {
  const { database } = context;
  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /merchants/:shortCode'),
      handler: async (request) => done(await merchants.show(database, request.params.shortCode)),
    });

    app.route({
      ...routeOf(operations, 'POST /merchants/:shortCode'),
      handler: (request) => {
        const { products, accountNames, ...change } = request.body;
        const data = {
          ...change,
          ...(products !== undefined && { products: [...products] }),
          // Neither key nor secret.
          ...(accountNames !== undefined && { accountNames: accountNames?.url ?? null }),
        };
        return changed(
          context,
          request,
          (client) => merchants.edit(client, request.params.shortCode, request.body),
          ({ shortCode: subject }) => ({ kind: 'merchant.changed', subject, data }),
        );
      },
    });

    app.route({
      ...routeOf(operations, 'POST /merchants/:shortCode/money'),
      // The books commit by themselves, and first: an entry that is given again finds its posting.
      handler: (request) =>
        changed(
          context,
          request,
          (client) => merchants.fund(client, request.params.shortCode, request.body),
          ({ account, source, amount, transfer }) => ({
            kind: 'merchant.funded',
            subject: request.params.shortCode,
            data: { account, source, amount, transfer },
          }),
        ),
    });

    app.route({
      ...routeOf(operations, 'POST /merchants/:shortCode/opening'),
      handler: (request) => openMerchant(context, merchants, request, request.params.shortCode),
    });

    app.route({
      ...routeOf(operations, 'POST /merchants/:shortCode/passkey'),
      handler: (request) => {
        const { graceSeconds = DAY_SECONDS } = request.body;
        const grace = { graceMs: graceSeconds * 1_000, now: context.clock.now() };
        return changed(
          context,
          request,
          (client) => merchants.rotatePasskey(client, request.params.shortCode, grace),
          ({ shortCode: subject, formerUntil }) => ({
            kind: 'merchant.passkey',
            subject,
            data: { formerUntil },
          }),
        );
      },
    });

    app.route({
      ...routeOf(operations, 'POST /merchants/:shortCode/apps'),
      handler: async (request, reply) => {
        const { shortCode } = request.params;
        const { name } = request.body;
        const added = await changed(
          context,
          request,
          (client) => merchants.addApp(client, shortCode, name),
          ({ id }) => ({ kind: 'merchant.app', subject: shortCode, data: { app: id, name } }),
        );
        return reply.code(201).send(added);
      },
    });

    app.route({
      ...routeOf(operations, 'GET /certificate'),
      handler: async () => done(await merchants.certificate()),
    });
  };
}
