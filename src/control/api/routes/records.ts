import { inTransaction } from '../../../platform/database/database.ts';
import { Refusal } from '../../../platform/http/json-api.ts';
import { routeOf } from '../../contract/operation.ts';
import { recordOperations as operations } from '../../contract/resources/records.ts';
import { endFreeze, freezesFrom, insertFreeze } from '../../store/freezes.ts';
import { readInstances } from '../../store/instances.ts';
import { appendJournal, readJournal, verifyJournal } from '../../store/journal.ts';
import type { ApiContext } from '../context.ts';
import { idempotencyKey, type OperatorsApi, operatorOf } from '../http.ts';

/** Rows of the fleet that were not heard for so long are not shown. */
const FLEET_MS = 600_000;

/** Freezes, the journal, the fleet, and who asks. */
export function recordRoutes({ database, clock, leaderLoop, settings }: ApiContext) {
  return async (app: OperatorsApi): Promise<void> => {
    app.route({ ...routeOf(operations, 'GET /whoami'), handler: async (request) => operatorOf(request) });

    app.route({
      ...routeOf(operations, 'GET /fleet'),
      handler: async (request) => {
        const now = clock.now();
        const { service = null } = request.query;
        const rows = await readInstances(database, { service, since: now - FLEET_MS });
        const { lostMs } = settings();
        return {
          instances: rows.map((row) => ({
            ...row,
            heardAt: new Date(row.heardAt).toISOString(),
            silent: now - row.heardAt > lostMs,
          })),
        };
      },
    });

    app.route({
      ...routeOf(operations, 'GET /journal'),
      handler: async (request) => {
        const { after = 0, limit = 100, last, subject } = request.query;
        const rows = await readJournal(database, {
          after,
          limit: last ?? limit,
          newest: last !== undefined,
          ...(subject === undefined ? {} : { subject }),
        });
        return { rows: rows.map((row) => ({ ...row, at: new Date(row.at).toISOString() })) };
      },
    });

    app.route({
      ...routeOf(operations, 'GET /journal/verify'),
      handler: () => verifyJournal(database),
    });

    app.route({
      ...routeOf(operations, 'GET /freezes'),
      handler: async () => {
        const freezes = await freezesFrom(database, clock.now());
        return { freezes: freezes.map((freeze) => ({ ...freeze, ...times(freeze) })) };
      },
    });

    app.route({
      ...routeOf(operations, 'POST /freezes'),
      handler: async (request, reply) => {
        const { name: person } = operatorOf(request);
        const now = clock.now();
        const { from, to, reason } = request.body;
        const freeze = {
          id: idempotencyKey(request),
          from: from === undefined ? now : Date.parse(from),
          to: Date.parse(to),
          reason,
          person,
        };
        if (freeze.to <= Math.max(now, freeze.from))
          throw new Refusal(400, 'invalid_request', 'a freeze ends after it begins, and in the future');
        const isNew = await inTransaction(database, async (client) => {
          if (!(await insertFreeze(client, freeze))) return false;
          const data = { ...times(freeze), reason };
          await appendJournal(client, [
            { at: now, actor: person, kind: 'operator.freeze', subject: freeze.id, data },
          ]);
          return true;
        });
        leaderLoop.wake();
        return reply.code(isNew ? 201 : 200).send({ id: freeze.id, ...times(freeze), reason, person });
      },
    });

    app.route({
      ...routeOf(operations, 'DELETE /freezes/:id'),
      handler: async (request) => {
        const { name: actor } = operatorOf(request);
        const { id } = request.params;
        const now = clock.now();
        const ended = await inTransaction(database, async (client) => {
          if (!(await endFreeze(client, id, now))) return false;
          await appendJournal(client, [{ at: now, actor, kind: 'operator.unfreeze', subject: id, data: {} }]);
          return true;
        });
        if (!ended) throw new Refusal(404, 'not_found', `no freeze ${id} holds now or later`);
        leaderLoop.wake();
        return { id, ended: true as const };
      },
    });
  };
}

function times({ from, to }: { from: number; to: number }) {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
