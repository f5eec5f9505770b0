import { Refusal } from '../../../platform/http/json-api.ts';
import { type Agreement, readAgreement } from '../../agreement/differences.ts';
import { routeOf } from '../../contract/operation.ts';
import { type AgreementView, agreementOperations as operations } from '../../contract/resources/agreement.ts';
import { type Command, insertCommand } from '../../store/commands.ts';
import type { ApiContext } from '../context.ts';
import { idempotencyKey, type OperatorsApi, operatorOf } from '../http.ts';

/** R18: who serves with something else than what is in force, since when, why, and what is done about it. */
export function agreementRoutes({ database, clock, settings, leaderLoop, service, resultOf }: ApiContext) {
  const read = async (name: string | undefined) => {
    const { lostMs } = settings();
    return agreementView(
      await readAgreement(database, service(name).kind.service, { lostMs, now: clock.now() }),
    );
  };
  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /fleet/agreement'),
      handler: (request) => {
        return read(request.query.service);
      },
    });

    app.route({
      ...routeOf(operations, 'POST /fleet/converge'),
      handler: async (request) => {
        const { name: person } = operatorOf(request);
        const before = await read(request.body.service);
        const { inForce } = before;
        if (inForce !== null) {
          const command: Command = {
            id: idempotencyKey(request),
            kind: 'converge',
            service: before.service,
            rollout: inForce.rollout,
            person,
            body: {},
          };
          if ((await insertCommand(database, command, clock.now())) === 'another')
            throw new Refusal(409, 'key_used', 'this Idempotency-Key was used for another request');
          leaderLoop.wake();
          const result = await resultOf(command.id);
          if (result?.ok === false) throw new Refusal(409, 'refused', result.reason);
        }
        leaderLoop.wake();
        return read(request.body.service);
      },
    });
  };
}

function agreementView({ differences, ...agreement }: Agreement): AgreementView {
  return {
    ...agreement,
    agrees: differences.length === 0,
    differences: differences.map((each) => ({ ...each, since: new Date(each.since).toISOString() })),
  };
}
