import { inTransaction } from '../../../../platform/database/database.ts';
import { Refusal } from '../../../../platform/http/json-api.ts';
import { routeOf } from '../../../contract/operation.ts';
import { type AppView, appOperations as operations } from '../../../contract/resources/directories/apps.ts';
import type { AppDirectory } from '../../../directories/apps.ts';
import { appendJournal } from '../../../store/journal.ts';
import type { ApiContext } from '../../context.ts';
import { type OperatorsApi, operatorOf } from '../../http.ts';

const FULL =
  'the list of revoked tokens is full: nothing was changed. Rotate the token secret to end all tokens';

/** The clients of the service: list, disable, enable; and the end of one token. */
export function appRoutes({ database, clock }: ApiContext, apps: AppDirectory) {
  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /apps'),
      handler: async () => ({ apps: await apps.list(database) }),
    });

    for (const [verb, state] of [
      ['disable', 'disabled'],
      ['enable', 'active'],
    ] as const) {
      app.route({
        ...routeOf(operations, `POST /apps/:id/${verb}`),
        handler: async (request) => {
          const { name: actor } = operatorOf(request);
          const { reason } = request.body;
          const now = clock.now();
          return inTransaction(database, async (client) => {
            const found = named(await apps.list(client), request.params.id);
            if ((await apps.setState(client, found.id, state, now)) === 'full')
              throw new Refusal(409, 'full', FULL);
            const data = { name: found.name, reason };
            await appendJournal(client, [
              {
                at: now,
                actor,
                kind: `app.${state === 'active' ? 'enabled' : 'disabled'}`,
                subject: found.id,
                data,
              },
            ]);
            return { ...found, state };
          });
        },
      });
    }

    app.route({
      ...routeOf(operations, 'POST /apps/:id/products'),
      handler: async (request) => {
        const { name: actor } = operatorOf(request);
        const { products, reason } = request.body;
        const now = clock.now();
        return inTransaction(database, async (client) => {
          const found = named(await apps.list(client), request.params.id);
          const set = await apps.setProducts(client, found.id, products, now);
          if (set !== 'done') throw new Refusal(400, 'invalid_request', set.refused);
          const data = { name: found.name, before: found.products, products, reason };
          await appendJournal(client, [{ at: now, actor, kind: 'app.products', subject: found.id, data }]);
          return { ...found, products };
        });
      },
    });

    app.route({
      ...routeOf(operations, 'POST /apps/:id/rotate'),
      handler: async (request) => {
        const { name: actor } = operatorOf(request);
        const { reason } = request.body;
        return inTransaction(database, async (client) => {
          const found = named(await apps.list(client), request.params.id);
          const rotated = await apps.rotate(client, found.id);
          if ('refused' in rotated) throw new Refusal(409, 'no_effect', rotated.refused);
          const data = { name: found.name, reason };
          await appendJournal(client, [
            { at: clock.now(), actor, kind: 'app.rotated', subject: found.id, data },
          ]);
          return { ...found, ...rotated };
        });
      },
    });

    app.route({
      ...routeOf(operations, 'POST /tokens/revoke'),
      handler: async (request) => {
        const { name: actor } = operatorOf(request);
        const { token, reason } = request.body;
        const now = clock.now();
        return inTransaction(database, async (client) => {
          const revoked = await apps.revoke(client, token, now);
          if (revoked === undefined)
            throw new Refusal(400, 'invalid_request', 'this is no access token: give the whole of it');
          if (revoked.result === 'full') throw new Refusal(409, 'full', FULL);
          const { tokenId, app: of } = revoked;
          await appendJournal(client, [
            { at: now, actor, kind: 'token.revoked', subject: tokenId, data: { app: of, reason } },
          ]);
          return { token: tokenId, app: of, revoked: true as const };
        });
      },
    });
  };
}

/** By its id, its consumer key or its name. */
function named(apps: readonly AppView[], wanted: string): AppView {
  const exact = apps.filter(({ id, consumerKey }) => id === wanted || consumerKey === wanted);
  const found = exact.length > 0 ? exact : apps.filter(({ name }) => name === wanted);
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  if (one === undefined)
    throw new Refusal(404, 'not_found', `there is no app ${wanted}; \`app list\` names them`);
  const ids = found.map(({ id }) => id).join(', ');
  throw new Refusal(
    409,
    'ambiguous',
    `${found.length} apps are called ${wanted}: give one of their ids, ${ids}`,
  );
}
