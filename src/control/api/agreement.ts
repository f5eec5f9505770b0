import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { type Agreement, readAgreement } from '../agreement/differences.ts';
import { type Command, insertCommand } from '../store/commands.ts';
import type { ApiContext } from './context.ts';
import { idempotencyKey, operatorOf, Refusal } from './http.ts';

const Of = Type.Object({ service: Type.Optional(Type.String()) }, { additionalProperties: false });
type Of = Static<typeof Of>;

/** R18: who serves with something else than what is in force, since when, why, and what is done about it. */
export function agreementRoutes({ database, clock, settings, leaderLoop, service, resultOf }: ApiContext) {
  const read = async (name: string | undefined) => {
    const { lostMs } = settings();
    return agreementView(
      await readAgreement(database, service(name).kind.service, { lostMs, now: clock.now() }),
    );
  };
  return async (app: FastifyInstance): Promise<void> => {
    app.get<{ Querystring: Of }>('/fleet/agreement', { schema: { querystring: Of } }, (request) => {
      operatorOf(request, 'viewer');
      return read(request.query.service);
    });

    app.post<{ Body: Of }>('/fleet/converge', { schema: { body: Of } }, async (request) => {
      const { name: person } = operatorOf(request, 'editor');
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
    });
  };
}

function agreementView({ differences, ...agreement }: Agreement) {
  return {
    ...agreement,
    agrees: differences.length === 0,
    differences: differences.map((each) => ({ ...each, since: new Date(each.since).toISOString() })),
  };
}

export type AgreementView = ReturnType<typeof agreementView>;
