import type { FastifyBaseLogger } from 'fastify';
import { Deadline, within } from '../../../../platform/deadline.ts';
import { Refusal } from '../../../../platform/http/json-api.ts';
import { newId } from '../../../../platform/ids.ts';
import { routeOf } from '../../../contract/operation.ts';
import { type Ordered, undoOperations as operations } from '../../../contract/resources/releases/undo.ts';
import { type Command, findCommand, insertCommand, leftBy } from '../../../store/commands.ts';
import { leavesOf, type Standing } from '../../../undo/candidates.ts';
import { readPast, standingInStore } from '../../../undo/store.ts';
import { type Target, targetOf } from '../../../undo/way-back.ts';
import type { ApiContext } from '../../context.ts';
import { type Asking, idempotencyKey, type OperatorsApi, operatorOf, type Status } from '../../http.ts';

export interface UndoOrder {
  readonly service: string;
  readonly leaves: readonly string[];
  readonly reason: string;
  /** Hash of a release that was proved; to the one before when left out. */
  readonly to?: string;
}

const WRITE_MS = 2_000;
/** R6: what an undo asks of the store before it is said may not hold it up for longer. */
const READ_MS = 1_000;

/** What an undo would leave, and undo itself. */
export function undoRoutes(context: ApiContext) {
  const { database, clock, leaderLoop } = context;

  return async (app: OperatorsApi): Promise<void> => {
    app.route({
      ...routeOf(operations, 'GET /undo'),
      handler: async (request) => {
        const { service, to } = request.query;
        const standing = await standingOf(context.service(service).kind.service);
        const target = to === undefined ? undefined : await allowed(standing.service, to);
        return { ...standing, ...(target === undefined ? {} : { to: target }) };
      },
    });

    app.route({
      ...routeOf(operations, 'POST /undo'),
      handler: async (request, reply) => {
        const { rollout, to, reason } = request.body;
        const { service } = context.service(request.body.service).kind;
        const { name } = operatorOf(request);
        const repeated = rollout === undefined && to === undefined ? await earlier(request) : undefined;
        if (repeated?.kind === 'undo' && repeated.person === name)
          return orderUndo(context, request, reply, { service, leaves: leftBy(repeated), reason });
        if (rollout !== undefined && to === undefined)
          return orderUndo(context, request, reply, { service, leaves: [rollout], reason });
        const standing = await standingOf(service);
        if (to === undefined)
          return orderUndo(context, request, reply, { service, leaves: leavesOf(standing, false), reason });
        const known = [standing.underWay, standing.inForce].map((each) => each?.rollout);
        if (rollout !== undefined && !known.includes(rollout)) {
          const message = `${rollout} is neither on its way nor in force any more, so nothing is left for another`;
          throw new Refusal(409, 'left', message, { ...standing });
        }
        const target = await allowed(service, String(to));
        const leaves = leavesOf(standing, true);
        return orderUndo(context, request, reply, { service, leaves, reason, to: target.hash });
      },
    });
  };

  /** From memory where this process leads, because the store may be what is broken. */
  async function standingOf(service: string): Promise<Standing> {
    const held = leaderLoop.standing(service);
    if (held?.fresh) return held.standing;
    return reading(() => standingInStore(database, service, clock.now())).catch((error: unknown) => {
      if (held === undefined) throw error;
      return held.standing;
    });
  }

  /** Refused unless an undo may lead there. */
  async function allowed(service: string, to: string): Promise<Target & { ok: true }> {
    const target = targetOf(await reading(() => readPast(database, service)), to);
    if (target.ok) return target;
    const status = target.why === 'unknown' || target.why === 'ambiguous' ? 404 : 409;
    const code = status === 404 ? 'not_found' : 'no_target';
    throw new Refusal(status, code, `${target.reason}: ${target.advice}`, { why: target.why });
  }

  /** What was ordered under this request's id before, if it has one and the store says so in time. */
  async function earlier(request: Asking): Promise<Command | undefined> {
    if (request.headers['idempotency-key'] === undefined) return undefined;
    const id = idempotencyKey(request);
    return reading(() => findCommand(database, id)).catch(() => undefined);
  }

  function reading<T>(read: () => Promise<T>): Promise<T> {
    return within(Deadline.in(READ_MS), 'reading what may be undone', read);
  }
}

/** R6: every operator may, nothing is asked first; it is said to the instances before it is written. */
export async function orderUndo(
  context: ApiContext,
  request: Asking & { readonly log: FastifyBaseLogger },
  reply: Status<200 | 202>,
  order: UndoOrder,
  id = idempotencyKey(request),
): Promise<Ordered> {
  const { leaderLoop, database, clock, resultOf } = context;
  const { service, leaves, reason, to } = order;
  const { name } = operatorOf(request);
  if (leaves.length === 0)
    throw new Refusal(409, 'nothing_to_undo', 'nothing is in force but what is built in');
  const [only, second] = leaves;
  const command: Command = {
    id,
    kind: 'undo',
    service,
    rollout: second === undefined && only !== undefined ? only : null,
    person: name,
    body: { reason, ...(second === undefined ? {} : { leaves }), ...(to === undefined ? {} : { to }) },
  };
  const told = leaderLoop.undo(command);
  const written = await within(Deadline.in(WRITE_MS), 'writing the undo', () =>
    insertCommand(database, command, clock.now()),
  ).catch((error: unknown) => {
    request.log.error({ err: error, told }, 'an undo was ordered that cannot be written yet');
    return undefined;
  });
  // R6: an id that was used for something else is no reason to refuse, and it is said already.
  if (written === 'another') return orderUndo(context, request, reply, order, newId());
  if (written === undefined) {
    if (!leaderLoop.serves()) {
      const message =
        'the store does not answer, and no agent follows this process: ask the one that leads, or undo at the instances';
      throw new Refusal(503, 'unavailable', message);
    }
    reply.code(202);
    return { told, written: false, leaves, rollouts: [] };
  }
  const result = await resultOf(command.id);
  if (result?.ok === false) throw new Refusal(404, 'not_found', result.reason);
  reply.code(result === undefined ? 202 : 200);
  return { told, written: true, leaves, rollouts: result?.rollouts ?? [] };
}
