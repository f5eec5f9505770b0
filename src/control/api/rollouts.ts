import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { JsonObject } from '../../config/canonical.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import { type Command, type CommandKind, insertCommand } from '../commands.ts';
import type { Role } from '../operators.ts';
import { findRelease } from '../releases.ts';
import { findRollout, isFinished, listRollouts, type StoredRollout } from '../rollouts.ts';
import { membersView, rolloutView } from '../views.ts';
import type { ApiContext } from './context.ts';
import { idempotencyKey, operatorOf, Reason, Refusal } from './http.ts';

const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) });
type Id = { Params: Static<typeof Id> };
const ListQuery = Type.Object({
  service: Type.Optional(Type.String()),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
});
const Approve = Type.Object({ breakGlass: Type.Optional(Type.Boolean()) }, { additionalProperties: false });
const Because = Type.Object({ reason: Reason }, { additionalProperties: false });
const Nothing = Type.Object({}, { additionalProperties: false });
const Undo = Type.Object(
  {
    service: Type.Optional(Type.String()),
    rollout: Type.Optional(Type.String({ maxLength: 200 })),
    /** A release's sequence or hash; it must have been proved on the instances. */
    to: Type.Optional(Type.Union([Type.Integer({ minimum: 1 }), Type.String({ maxLength: 128 })])),
    reason: Reason,
  },
  { additionalProperties: false },
);

const WRITE_MS = 2_000;
const WATCH_EVERY_MS = 300;
const MOST_WATCHERS = 64;

/** Rollouts: list, show, watch, approve, reject, promote, abort; and undo. */
export function rolloutRoutes(context: ApiContext) {
  const { database, clock, lead, pushing } = context;
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
        return undo(request, reply, {
          service: stored.service,
          rollout: stored.id,
          reason: request.body.reason,
        });
      },
    );

    app.post<{ Body: Static<typeof Undo> }>('/undo', { schema: { body: Undo } }, async (request, reply) => {
      const { service, rollout, to, reason } = request.body;
      const { kind } = context.service(service);
      const hash = to === undefined ? undefined : await hashOf(kind.service, to);
      return undo(request, reply, {
        service: kind.service,
        rollout: rollout ?? null,
        reason,
        ...(hash === undefined ? {} : { to: hash }),
      });
    });
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
    lead.wake();
    const result = await context.resultOf(command.id);
    const view = rolloutView(await found(rollout));
    if (result?.ok === false) throw new Refusal(409, 'refused', result.reason, { rollout: view });
    return reply.code(result === undefined ? 202 : 200).send({ rollout: view });
  }

  /** R6: every operator may, nothing is asked first; it is said to the instances before it is written. */
  async function undo(
    request: FastifyRequest,
    reply: FastifyReply,
    order: { service: string; rollout: string | null; reason: string; to?: string },
  ): Promise<FastifyReply> {
    const { name } = operatorOf(request, 'viewer');
    const { service, rollout, ...body } = order;
    const command: Command = {
      id: idempotencyKey(request),
      kind: 'undo',
      service,
      rollout,
      person: name,
      body,
    };
    const told = lead.undo(command);
    const written = await within(Deadline.in(WRITE_MS), 'writing the undo', () =>
      insertCommand(database, command, clock.now()),
    ).catch((error: unknown) => {
      request.log.error({ err: error, told }, 'an undo was ordered that cannot be written yet');
      return undefined;
    });
    if (written === undefined) {
      if (!lead.serves()) {
        const message =
          'the store does not answer, and no agent follows this process: ask the one that leads, or undo at the instances';
        throw new Refusal(503, 'unavailable', message);
      }
      return reply.code(202).send({ told, written: false, rollouts: [] });
    }
    const result = await context.resultOf(command.id);
    if (result?.ok === false) throw new Refusal(409, 'nothing_to_undo', result.reason);
    return reply
      .code(result === undefined ? 202 : 200)
      .send({ told, written: true, rollouts: result?.rollouts ?? [] });
  }

  async function hashOf(service: string, to: number | string): Promise<string> {
    if (typeof to === 'string') return to;
    const release = await findRelease(database, service, to, pushing.keys(), pushing.verify);
    if (release === undefined) throw new Refusal(404, 'not_found', `there is no release ${to}`);
    return release.hash;
  }

  /** Server-sent events: `rollout` with its view at each change, `end` when it is over. */
  async function watch(first: StoredRollout, reply: FastifyReply): Promise<void> {
    reply.hijack();
    const { raw } = reply;
    raw.on('error', () => {});
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
