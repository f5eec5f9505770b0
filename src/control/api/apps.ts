import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { inTransaction } from '../../platform/database.ts';
import type { AppDirectory, AppView } from '../apps.ts';
import { appendJournal } from '../store/journal.ts';
import type { ApiContext } from './context.ts';
import { operatorOf, Reason, Refusal } from './http.ts';

const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) });
type Id = { Params: Static<typeof Id> };
const Because = Type.Object({ reason: Reason }, { additionalProperties: false });
const Revoke = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 2_000 }), reason: Reason },
  { additionalProperties: false },
);
const FULL =
  'the list of revoked tokens is full: nothing was changed. Rotate the token secret to end all tokens';

/** The clients of the service: list, disable, enable; and the end of one token. */
export function appRoutes({ database, clock }: ApiContext, apps: AppDirectory) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/apps', async (request) => {
      operatorOf(request, 'viewer');
      return { apps: await apps.list(database) };
    });

    for (const [verb, state] of [
      ['disable', 'disabled'],
      ['enable', 'active'],
    ] as const) {
      app.post<Id & { Body: Static<typeof Because> }>(
        `/apps/:id/${verb}`,
        { schema: { params: Id, body: Because } },
        async (request) => {
          const { name: actor } = operatorOf(request, 'editor');
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
      );
    }

    app.post<{ Body: Static<typeof Revoke> }>(
      '/tokens/revoke',
      { schema: { body: Revoke } },
      async (request) => {
        const { name: actor } = operatorOf(request, 'editor');
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
          return { token: tokenId, app: of, revoked: true };
        });
      },
    );
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
