import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { readJudgements } from '../alarms/store.ts';
import { judgementView } from '../alarms/view.ts';
import type { ApiContext } from './context.ts';
import { operatorOf } from './http.ts';

const Of = Type.Object({ service: Type.Optional(Type.String()) }, { additionalProperties: false });

/**
 * How the release in force of each service is judged after its proof, and the alarms that stand. From memory
 * where this process leads.
 */
export function alarmRoutes({ database, clock, leaderLoop, services, service }: ApiContext) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get<{ Querystring: Static<typeof Of> }>(
      '/alarms',
      { schema: { querystring: Of } },
      async (request) => {
        operatorOf(request, 'viewer');
        const wanted =
          request.query.service === undefined ? services.all() : [service(request.query.service)];
        const [usual] = services.all();
        const judgements = leaderLoop.judgements() ?? (await readJudgements(database));
        return {
          services: wanted.map(({ kind }) =>
            judgementView(
              { service: kind.service, isUsual: kind.service === usual?.kind.service },
              judgements.get(kind.service),
              clock.now(),
            ),
          ),
        };
      },
    );
  };
}
