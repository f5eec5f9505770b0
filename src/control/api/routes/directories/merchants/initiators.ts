import { routeOf } from '../../../../contract/operation.ts';
import { initiatorOperations as operations } from '../../../../contract/resources/directories/merchants/initiators.ts';
import type { InitiatorChange, MerchantDirectory } from '../../../../directories/merchants.ts';
import type { ApiContext } from '../../../context.ts';
import type { Asking, OperatorsApi } from '../../../http.ts';
import { changed } from './outcome.ts';

/** Who may ask in a merchant's name: added, given roles, unlocked, given another password, disabled. */
export function initiatorRoutes(context: ApiContext, merchants: MerchantDirectory) {
  const change = (
    request: Asking & { params: { shortCode: string; username: string } },
    wanted: InitiatorChange,
  ) =>
    changed(
      context,
      request,
      (client) => merchants.changeInitiator(client, request.params, wanted, context.clock.now()),
      ({ shortCode, username, roles }) => ({
        kind: `initiator.${wanted.do}`,
        subject: shortCode,
        data: { username, ...(wanted.do === 'roles' && { roles: [...roles] }) },
      }),
    );
  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'POST /merchants/:shortCode/initiators'),
      handler: async (request, reply) => {
        const added = await changed(
          context,
          request,
          (client) => merchants.addInitiator(client, request.params.shortCode, request.body),
          ({ shortCode: subject, username, roles }) => ({
            kind: 'initiator.added',
            subject,
            data: { username, roles: [...roles] },
          }),
        );
        return reply.code(201).send(added);
      },
    });

    app.route({
      ...routeOf(operations, 'POST /merchants/:shortCode/initiators/:username/roles'),
      handler: (request) => change(request, { do: 'roles', roles: request.body.roles }),
    });

    app.route({
      ...routeOf(operations, 'POST /merchants/:shortCode/initiators/:username/rotate'),
      handler: async (request) => {
        const { password = '', ...rest } = await change(request, { do: 'rotate', ...request.body });
        return { ...rest, password };
      },
    });

    for (const verb of ['unlock', 'disable', 'enable'] as const) {
      app.route({
        ...routeOf(operations, `POST /merchants/:shortCode/initiators/:username/${verb}`),
        handler: (request) => change(request, { do: verb }),
      });
    }
  };
}
