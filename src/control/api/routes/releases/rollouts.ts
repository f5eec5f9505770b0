import type { FastifyReply } from 'fastify';
import type { JsonObject } from '../../../../config/canonical.ts';
import { endWithClient } from '../../../../platform/http/http-answers.ts';
import { Refusal } from '../../../../platform/http/json-api.ts';
import { isFinished } from '../../../../rollout/machine/phases.ts';
import { routeOf } from '../../../contract/operation.ts';
import { rolloutOperations as operations } from '../../../contract/resources/releases/rollouts.ts';
import { type Command, type CommandKind, insertCommand } from '../../../store/commands.ts';
import { findRollout, listRollouts, type StoredRollout } from '../../../store/rollouts.ts';
import type { ApiContext } from '../../context.ts';
import { type Asking, idempotencyKey, type OperatorsApi, operatorOf, type Status } from '../../http.ts';
import { membersView, rolloutView } from '../../rollout-view.ts';
import { orderUndo } from './undo.ts';

const WATCH_EVERY_MS = 300;
const MOST_WATCHERS = 64;

/** Rollouts: list, show, watch, approve, reject, promote, abort. */
export function rolloutRoutes(context: ApiContext) {
  const { database, clock, leaderLoop } = context;
  let watchers = 0;

  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /rollouts'),
      handler: async (request) => {
        const { service = null, limit = 20 } = request.query;
        return { rollouts: (await listRollouts(database, { service, limit })).map(rolloutView) };
      },
    });

    app.route({
      ...routeOf(operations, 'GET /rollouts/:id'),
      handler: async (request) => {
        const stored = await found(request.params.id);
        return { ...rolloutView(stored), members: membersView(stored.state) };
      },
    });

    app.route({
      ...routeOf(operations, 'GET /rollouts/:id/watch'),
      handler: async (request, reply) => {
        const stored = await found(request.params.id);
        if (watchers >= MOST_WATCHERS)
          throw new Refusal(503, 'full', `${MOST_WATCHERS} are watching already`);
        watchers += 1;
        await watch(stored, reply).finally(() => {
          watchers -= 1;
        });
      },
    });

    app.route({
      ...routeOf(operations, 'POST /rollouts/:id/approve'),
      handler: (request, reply) =>
        ask(request, request.params.id, reply, 'approve', { breakGlass: request.body.breakGlass ?? false }),
    });

    app.route({
      ...routeOf(operations, 'POST /rollouts/:id/reject'),
      handler: (request, reply) =>
        ask(request, request.params.id, reply, 'reject', { reason: request.body.reason }),
    });

    app.route({
      ...routeOf(operations, 'POST /rollouts/:id/promote'),
      handler: (request, reply) => ask(request, request.params.id, reply, 'confirm', {}),
    });

    app.route({
      ...routeOf(operations, 'POST /rollouts/:id/abort'),
      handler: async (request, reply) => {
        const stored = await found(request.params.id);
        const { at } = stored.state.phase;
        if (isFinished(at))
          throw new Refusal(409, 'over', `it is ${at}; \`undo\` takes back a proved release`);
        const { service, id } = stored;
        return orderUndo(context, request, reply, { service, leaves: [id], reason: request.body.reason });
      },
    });
  };

  async function found(id: string): Promise<StoredRollout> {
    const stored = await findRollout(database, id);
    if (stored === undefined) throw new Refusal(404, 'not_found', `there is no rollout ${id}`);
    return stored;
  }

  /** Writes the command, and answers with what the leader did of it. */
  async function ask(
    request: Asking,
    wanted: string,
    reply: Status<200 | 202>,
    kind: CommandKind,
    body: JsonObject,
  ) {
    const { name } = operatorOf(request);
    const { id: rollout, service } = await found(wanted);
    const command: Command = { id: idempotencyKey(request), kind, service, rollout, person: name, body };
    if ((await insertCommand(database, command, clock.now())) === 'another')
      throw new Refusal(409, 'key_used', 'this Idempotency-Key was used for another request');
    leaderLoop.wake();
    const result = await context.resultOf(command.id);
    const view = rolloutView(await found(rollout));
    if (result?.ok === false) throw new Refusal(409, 'refused', result.reason, { rollout: view });
    reply.code(result === undefined ? 202 : 200);
    return { rollout: view };
  }

  /** Server-sent events: `rollout` with its view at each change, `end` when it is over. */
  async function watch(first: StoredRollout, reply: FastifyReply): Promise<void> {
    reply.hijack();
    const { raw } = reply;
    raw.on('error', () => {});
    endWithClient(raw);
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    let stored: StoredRollout | undefined = first;
    for (let shown = -1; !raw.destroyed; ) {
      if (stored !== undefined && stored.version !== shown) {
        shown = stored.version;
        raw.write(`id: ${shown}\nevent: rollout\ndata: ${JSON.stringify(rolloutView(stored))}\n\n`);
        if (isFinished(stored.state.phase.at)) {
          raw.end('event: end\ndata: {}\n\n');
          return;
        }
      } else raw.write(': alive\n\n');
      // A watcher that does not read is let go of.
      if (raw.writableLength > 1_000_000) raw.destroy();
      await new Promise((resolve) => setTimeout(resolve, WATCH_EVERY_MS));
      stored = await findRollout(database, first.id).catch(() => undefined);
    }
  }
}
