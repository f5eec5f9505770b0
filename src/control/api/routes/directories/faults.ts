import { choicesText } from '../../../../config/check/nearest.ts';
import { inTransaction } from '../../../../platform/database/database.ts';
import { Refusal } from '../../../../platform/http/json-api.ts';
import { routeOf } from '../../../contract/operation.ts';
import { faultOperations as operations } from '../../../contract/resources/directories/faults.ts';
import type { FaultDirectory } from '../../../directories/faults.ts';
import { appendJournal } from '../../../store/journal.ts';
import type { ApiContext } from '../../context.ts';
import { type OperatorsApi, operatorOf } from '../../http.ts';

/** Failures on demand: list, set, clear. */
export function faultRoutes({ database, clock }: ApiContext, faults: FaultDirectory) {
  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /faults'),
      handler: async () => ({
        allowed: faults.allowed,
        faults: await faults.list(database, clock.now()),
      }),
    });

    app.route({
      ...routeOf(operations, 'POST /faults'),
      handler: async (request) => {
        const { name: actor } = operatorOf(request);
        const { scenario, replace = false, check = false } = request.body;
        const problems = faults.check(scenario);
        if (problems.length > 0)
          throw new Refusal(422, 'invalid_faults', 'the scenario is wrong; nothing was set', { problems });
        if (check) return { set: [], cleared: [] };
        if (!faults.allowed) throw forbidden();
        const now = clock.now();
        return inTransaction(database, async (client) => {
          const cleared = replace ? await faults.clear(client, undefined) : [];
          const set = await faults.set(client, scenario, { actor, now });
          await appendJournal(client, [
            ...cleared.map((subject) => ({ at: now, actor, kind: 'fault.cleared', subject, data: {} })),
            ...set.map((subject) => ({ at: now, actor, kind: 'fault.set', subject, data: { scenario } })),
          ]);
          return { set, cleared };
        });
      },
    });

    app.route({
      ...routeOf(operations, 'POST /faults/clear'),
      handler: async (request) => {
        const { name: actor } = operatorOf(request);
        const { name } = request.body;
        const now = clock.now();
        return inTransaction(database, async (client) => {
          const known = name === undefined ? [] : await faults.list(client, now);
          const cleared = await faults.clear(client, name);
          if (name !== undefined && cleared.length === 0) {
            const names = known.map((fault) => fault.name);
            throw new Refusal(
              404,
              'not_found',
              `there is no fault ${name}: ${choicesText('faults', names, name)}`,
            );
          }
          await appendJournal(
            client,
            cleared.map((subject) => ({ at: now, actor, kind: 'fault.cleared', subject, data: {} })),
          );
          return { cleared };
        });
      },
    });
  };
}

function forbidden(): Refusal {
  return new Refusal(
    403,
    'forbidden_here',
    'faults may not be had in this installation: only on one machine (IMARA_PROFILE=local), or where IMARA_ALLOW_FAULTS=1 is set for control and for every API process',
  );
}
