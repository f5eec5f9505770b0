import { Refusal } from '../../../platform/http/json-api.ts';
import { routeOf } from '../../contract/operation.ts';
import { watchOperations as operations } from '../../contract/resources/watches.ts';
import { heardWatch, listWatches } from '../../store/watches.ts';
import type { ApiContext } from '../context.ts';
import { type OperatorsApi, operatorOf } from '../http.ts';

/** The watches outside, which say that they live with the token that they read the journal with. */
export function watchRoutes({ database, clock }: ApiContext) {
  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /watches'),
      handler: async () => {
        const now = clock.now();
        const rows = await listWatches(database, now);
        return {
          watches: rows.map(({ name, person, version, heardAt, withinMs, silentSince }) => ({
            ...{ name, person, version, withinMs },
            heardAt: new Date(heardAt).toISOString(),
            ageMs: Math.max(0, now - heardAt),
            silentSince: silentSince === null ? null : new Date(silentSince).toISOString(),
          })),
        };
      },
    });

    app.route({
      ...routeOf(operations, 'POST /watches/beats'),
      handler: async (request) => {
        const { from: name, withinMs, version } = request.body;
        const now = clock.now();
        const beat = { person: operatorOf(request).name, name, withinMs, version };
        if (await heardWatch(database, beat, now)) return { heardAt: new Date(now).toISOString() };
        throw new Refusal(503, 'full', 'too many watches send beats');
      },
    });
  };
}
