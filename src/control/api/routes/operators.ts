import { inTransaction } from '../../../platform/database/database.ts';
import { Refusal } from '../../../platform/http/json-api.ts';
import { routeOf } from '../../contract/operation.ts';
import { operatorOperations as operations } from '../../contract/resources/operators.ts';
import {
  listOperators,
  lockedOperators,
  newToken,
  type OperatorRow,
  putOperator,
  removeOperator,
  rotateToken,
} from '../../operators.ts';
import { problemsOfRules, problemText } from '../../policy/change-rules.ts';
import { releaseInForce } from '../../push.ts';
import { appendJournal } from '../../store/journal.ts';
import type { ApiContext } from '../context.ts';
import { type OperatorsApi, operatorOf } from '../http.ts';

/** Who may ask control: list, add, rotate, remove. A token is answered once; only its hash is kept. */
export function operatorRoutes({
  database,
  clock,
  refreshOperators,
  pushing,
  services,
  settings,
}: ApiContext) {
  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /operators'),
      handler: async (request) => {
        const { name: you } = operatorOf(request);
        return { you, operators: (await listOperators(database)).map(shown) };
      },
    });

    app.route({
      ...routeOf(operations, 'POST /operators'),
      handler: async (request, reply) => {
        const { name: actor } = operatorOf(request);
        const { name, role } = request.body;
        const token = newToken();
        await inTransaction(database, async (client) => {
          const known = await lockedOperators(client);
          if (known.some((each) => each.name === name))
            throw new Refusal(409, 'exists', `there is an operator ${name}; rotate gives them another token`);
          await putOperator(client, { name, role, token });
          await journal(client, actor, 'added', name, { role });
        });
        await refreshOperators();
        return reply.code(201).send({ name, role, token });
      },
    });

    app.route({
      ...routeOf(operations, 'POST /operators/:name/rotate'),
      handler: async (request) => {
        const { name } = request.params;
        // Everybody may replace their own.
        const own = operatorOf(request).name === name;
        const { name: actor } = operatorOf(request, own ? 'viewer' : 'approver');
        const token = newToken();
        await inTransaction(database, async (client) => {
          if (!(await rotateToken(client, name, token))) throw unknown(name, await listOperators(client));
          await journal(client, actor, 'rotated', name, {});
        });
        await refreshOperators();
        return { name, token };
      },
    });

    app.route({
      ...routeOf(operations, 'DELETE /operators/:name'),
      handler: async (request) => {
        const { name: actor } = operatorOf(request);
        const { name } = request.params;
        await inTransaction(database, async (client) => {
          const known = await lockedOperators(client);
          const approvers = known.filter(({ role }) => role === 'approver');
          if (approvers.length === 1 && approvers[0]?.name === name)
            throw new Refusal(409, 'last_approver', `${name} is the last approver: nobody could add another`);
          if (!(await removeOperator(client, name, clock.now()))) throw unknown(name, known);
          await journal(client, actor, 'removed', name, {});
        });
        await refreshOperators();
        return { name, removed: true as const, warnings: await tooFew() };
      },
    });
  };

  /** Of which services the rules ask for more people than there are now. */
  async function tooFew(): Promise<string[]> {
    const warnings: string[] = [];
    for (const service of services.all()) {
      const inForce = (await releaseInForce(pushing, service.kind.service))?.content ?? service.builtIn();
      const ground = await pushing.ground(database, service);
      // Of the people alone: the fleet is what it was.
      const problems = problemsOfRules(service, inForce, settings().policy, {
        ...ground,
        fleet: [],
        insisted: 0,
      });
      for (const problem of problems) warnings.push(`${service.kind.service}: ${problemText(problem)}`);
    }
    return warnings;
  }

  function journal(
    client: Parameters<typeof appendJournal>[0],
    actor: string,
    what: string,
    subject: string,
    data: { role?: string },
  ): Promise<void> {
    return appendJournal(client, [{ at: clock.now(), actor, kind: `operator.${what}`, subject, data }]);
  }
}

function unknown(name: string, known: readonly OperatorRow[]): Refusal {
  const names = known.map((each) => each.name).join(', ');
  return new Refusal(404, 'not_found', `there is no operator ${name}; there are ${names}`);
}

function shown({ name, role, createdAt }: OperatorRow) {
  return { name, role, createdAt: createdAt.toISOString() };
}
