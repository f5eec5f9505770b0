import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { keyId } from '../../rollout/signed/signature.ts';
import {
  define,
  problemsOfRollouts,
  readDefinition,
  type ServiceDefinition,
} from '../services/definition.ts';
import type { ApiContext } from './context.ts';
import { operatorOf, Refusal } from './http.ts';

const Name = Type.Object({ service: Type.String({ maxLength: 100 }) });
const NewToken = Type.Object({ only: Type.Optional(Type.Boolean()) }, { additionalProperties: false });
const Word = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' });
const NewKey = Type.Object(
  { instance: Word, environment: Word, publicKey: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }) },
  { additionalProperties: false },
);
const UNHEARD =
  'no production instance of it is heard: whether a change could show its evidence in time is not known yet. Add it again when some are up';
type OfService = { Params: Static<typeof Name> };

/** The services whose configuration control delivers: list, show, add; tokens and keys of their agents. */
export function serviceRoutes({ services, clock, database, pushing, settings }: ApiContext) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/services', async (request) => {
      operatorOf(request, 'viewer');
      return {
        services: services.all().map(({ kind: { service, id, environments } }) => ({
          service,
          schema: id,
          environments,
          builtIn: services.definition(service) === undefined,
        })),
      };
    });

    app.get<OfService>('/services/:service', { schema: { params: Name } }, async (request) => {
      operatorOf(request, 'viewer');
      const { service } = request.params;
      return { definition: added(service), trustedKeys: services.keysOf(service) };
    });

    app.post<{ Body: Record<string, unknown> }>(
      '/services',
      { schema: { body: Type.Record(Type.String(), Type.Unknown()) } },
      async (request, reply) => {
        const { name } = operatorOf(request, 'approver');
        const read = readDefinition(request.body);
        if (!read.ok) throw invalid(read.problems);
        const body = read.definition;
        const known = services.definition(body.service);
        if (known === undefined && services.all().some(({ kind }) => kind.service === body.service))
          throw new Refusal(409, 'built_in', `${body.service} is built in: give the service another name`);
        const defined = define(body);
        if (!defined.ok) throw invalid(defined.problems);
        const ground = await pushing.ground(database, defined.service);
        const problems = problemsOfRollouts(defined.service, body, settings().policy, ground);
        if (problems.length > 0) throw invalid(problems);
        await services.add(body, name, clock.now());
        const isUnheard = body.rollouts !== undefined && ground.fleet.length === 0;
        return reply.code(known === undefined ? 201 : 200).send({
          service: body.service,
          schema: body.id,
          changed: known !== undefined,
          warnings: isUnheard ? [UNHEARD] : [],
        });
      },
    );

    app.post<OfService & { Body: Static<typeof NewToken> }>(
      '/services/:service/tokens',
      { schema: { params: Name, body: NewToken } },
      async (request, reply) => {
        const { name } = operatorOf(request, 'approver');
        const { service } = added(request.params.service);
        const { only = false } = request.body;
        const token = await services.makeToken(service, name, clock.now(), only);
        return reply.code(201).send({ service, token });
      },
    );

    app.post<OfService & { Body: Static<typeof NewKey> }>(
      '/services/:service/keys',
      { schema: { params: Name, body: NewKey } },
      async (request, reply) => {
        const { name } = operatorOf(request, 'approver');
        const { service, environments } = added(request.params.service);
        const { environment, publicKey } = request.body;
        if (!environments.includes(environment))
          throw new Refusal(
            422,
            'not_found',
            `${service} has no environment ${environment}: environments are ${environments.join(', ')}`,
          );
        const id = keyId('instance', publicKey);
        await services.addKey(service, { id, ...request.body }, name, clock.now());
        return reply.code(201).send({ service, key: id });
      },
    );
  };

  function added(service: string): ServiceDefinition {
    const definition = services.definition(service);
    if (definition !== undefined) return definition;
    const all = services.all().map(({ kind }) => kind.service);
    const isBuiltIn = all.includes(service);
    throw new Refusal(
      404,
      'not_found',
      isBuiltIn
        ? `${service} is built in, and has its own keys`
        : `there is no service ${service}: services are ${all.join(', ')}`,
    );
  }
}

function invalid(problems: string[]): Refusal {
  return new Refusal(422, 'invalid_service', `the service is not valid: ${problems.join('; ')}`, {
    problems,
  });
}
