import { readJudgements } from '../../alarms/store.ts';
import { judgementView } from '../../alarms/view.ts';
import { routeOf } from '../../contract/operation.ts';
import { alarmOperations as operations } from '../../contract/resources/alarms.ts';
import type { ApiContext } from '../context.ts';
import type { OperatorsApi } from '../http.ts';

/**
 * How the release in force of each service is judged after its proof, and the alarms that stand. From memory
 * where this process leads.
 */
export function alarmRoutes({ database, clock, leaderLoop, services, service }: ApiContext) {
  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /alarms'),
      handler: async (request) => {
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
    });
  };
}
