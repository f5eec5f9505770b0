import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { JsonObject } from '../../config/canonical.ts';
import { endWithClient } from '../../platform/http-answers.ts';
import type { Role } from '../operators.ts';
import { type Command, type CommandKind, insertCommand } from '../store/commands.ts';
import { findRollout, isFinished, listRollouts, type StoredRollout } from '../store/rollouts.ts';
import type { ApiContext } from './context.ts';
import { idempotencyKey, operatorOf, Reason, Refusal } from './http.ts';
import { membersView, rolloutView } from './rollout-view.ts';
import { orderUndo } from './undo.ts';

const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) });
type Id = { Params: Static<typeof Id> };
const ListQuery = Type.Object({
  service: Type.Optional(Type.String()),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
});
const Approve = Type.Object({ breakGlass: Type.Optional(Type.Boolean()) }, { additionalProperties: false });
const Because = Type.Object({ reason: Reason }, { additionalProperties: false });
const Nothing = Type.Object({}, { additionalProperties: false });
const WATCH_EVERY_MS = 300;
const MOST_WATCHERS = 64;

/** Rollouts: list, show, watch, approve, reject, promote, abort. */
export function rolloutRoutes(context: ApiContext) {
  const { database, clock, leaderLoop } = context;
  let watchers = 0;

  return async (app: FastifyInstance): Promise<void> => {
    app.get<{ Querystring: Static<typeof ListQuery> }>(
      '/rollouts',
      { schema: { querystring: ListQuery } },
      async (request) => {
        operatorOf(request, 'viewer');
        const { service = null, limit = 20 } = request.query;
        return { rollouts: (await listRollouts(database, { service, limit })).map(rolloutView) };
      },
    );

    app.get<Id>('/rollouts/:id', { schema: { params: Id } }, async (request) => {
      operatorOf(request, 'viewer');
      const stored = await found(request.params.id);
      return { ...rolloutView(stored), members: membersView(stored.state) };
    });

    app.get<Id>('/rollouts/:id/watch', { schema: { params: Id } }, async (request, reply) => {
      operatorOf(request, 'viewer');
      const stored = await found(request.params.id);
      if (watchers >= MOST_WATCHERS) throw new Refusal(503, 'full', `${MOST_WATCHERS} are watching already`);
      watchers += 1;
      await watch(stored, reply).finally(() => {
        watchers -= 1;
      });
    });

    app.post<Id & { Body: Static<typeof Approve> }>(
      '/rollouts/:id/approve',
      { schema: { params: Id, body: Approve } },
      (request, reply) =>
        ask(request, reply, 'approve', 'approver', { breakGlass: request.body.breakGlass ?? false }),
    );

    app.post<Id & { Body: Static<typeof Because> }>(
      '/rollouts/:id/reject',
      { schema: { params: Id, body: Because } },
      (request, reply) => ask(request, reply, 'reject', 'approver', { reason: request.body.reason }),
    );

    app.post<Id & { Body: Static<typeof Nothing> }>(
      '/rollouts/:id/promote',
      { schema: { params: Id, body: Nothing } },
      (request, reply) => ask(request, reply, 'confirm', 'editor', {}),
    );

    app.post<Id & { Body: Static<typeof Because> }>(
      '/rollouts/:id/abort',
      { schema: { params: Id, body: Because } },
      async (request, reply) => {
        const stored = await found(request.params.id);
        const { at } = stored.state.phase;
        if (isFinished(at))
          throw new Refusal(409, 'over', `it is ${at}; \`undo\` takes back a proved release`);
        const { service, id } = stored;
        return orderUndo(context, request, reply, { service, leaves: [id], reason: request.body.reason });
      },
    );
  };

  async function found(id: string): Promise<StoredRollout> {
    const stored = await findRollout(database, id);
    if (stored === undefined) throw new Refusal(404, 'not_found', `there is no rollout ${id}`);
    return stored;
  }

  /** Writes the command, and answers with what the leader did of it. */
  async function ask(
    request: FastifyRequest<Id>,
    reply: FastifyReply,
    kind: CommandKind,
    role: Role,
    body: JsonObject,
  ): Promise<FastifyReply> {
    const { name } = operatorOf(request, role);
    const { id: rollout, service } = await found(request.params.id);
    const command: Command = { id: idempotencyKey(request), kind, service, rollout, person: name, body };
    if ((await insertCommand(database, command, clock.now())) === 'another')
      throw new Refusal(409, 'key_used', 'this Idempotency-Key was used for another request');
    leaderLoop.wake();
    const result = await context.resultOf(command.id);
    const view = rolloutView(await found(rollout));
    if (result?.ok === false) throw new Refusal(409, 'refused', result.reason, { rollout: view });
    return reply.code(result === undefined ? 202 : 200).send({ rollout: view });
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
