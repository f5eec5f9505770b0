import { Refusal } from '../../../platform/http/json-api.ts';
import { keyId } from '../../../rollout/signed/signature.ts';
import { routeOf } from '../../contract/operation.ts';
import { serviceOperations as operations } from '../../contract/resources/services.ts';
import {
  define,
  problemsOfRollouts,
  readDefinition,
  type ServiceDefinition,
} from '../../services/definition.ts';
import type { ApiContext } from '../context.ts';
import { type OperatorsApi, operatorOf } from '../http.ts';

const UNHEARD =
  'no production instance of it is heard: whether a change could show its evidence in time is not known yet. Add it again when some are up';

/** The services whose configuration control delivers: list, show, add; tokens and keys of their agents. */
export function serviceRoutes({ services, clock, database, pushing, settings }: ApiContext) {
  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /services'),
      handler: async () => ({
        services: services.all().map(({ kind: { service, id, environments } }) => ({
          service,
          schema: id,
          environments,
          builtIn: services.definition(service) === undefined,
        })),
      }),
    });

    app.route({
      ...routeOf(operations, 'GET /services/:service'),
      handler: async (request) => {
        const { service } = request.params;
        return { definition: added(service), trustedKeys: services.keysOf(service) };
      },
    });

    app.route({
      ...routeOf(operations, 'POST /services'),
      handler: async (request, reply) => {
        const { name } = operatorOf(request);
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
    });

    app.route({
      ...routeOf(operations, 'POST /services/:service/tokens'),
      handler: async (request, reply) => {
        const { name } = operatorOf(request);
        const { service } = added(request.params.service);
        const { only = false } = request.body;
        const token = await services.makeToken(service, name, clock.now(), only);
        return reply.code(201).send({ service, token });
      },
    });

    app.route({
      ...routeOf(operations, 'POST /services/:service/keys'),
      handler: async (request, reply) => {
        const { name } = operatorOf(request);
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
    });
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
