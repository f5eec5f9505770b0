import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { inTransaction } from '../../platform/database.ts';
import { endFreeze, freezesFrom, insertFreeze } from '../store/freezes.ts';
import { readInstances } from '../store/instances.ts';
import { appendJournal, readJournal, verifyJournal } from '../store/journal.ts';
import type { ApiContext } from './context.ts';
import { idempotencyKey, operatorOf, Reason, Refusal } from './http.ts';

const JournalQuery = Type.Object({
  after: Type.Optional(Type.Integer({ minimum: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  /** So many of the newest, oldest first, instead of those after `after`. */
  last: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  subject: Type.Optional(Type.String({ maxLength: 200 })),
});
const FleetQuery = Type.Object({ service: Type.Optional(Type.String()) });
const Freeze = Type.Object(
  {
    /** ISO 8601; now when it is left out. */
    from: Type.Optional(Type.String({ format: 'date-time' })),
    to: Type.String({ format: 'date-time' }),
    reason: Reason,
  },
  { additionalProperties: false },
);
const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) });

/** Rows of the fleet that were not heard for so long are not shown. */
const FLEET_MS = 600_000;

/** Freezes, the journal, the fleet, and who asks. */
export function recordRoutes({ database, clock, leaderLoop, settings }: ApiContext) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/whoami', async (request) => operatorOf(request, 'viewer'));

    app.get<{ Querystring: Static<typeof FleetQuery> }>(
      '/fleet',
      { schema: { querystring: FleetQuery } },
      async (request) => {
        operatorOf(request, 'viewer');
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
    );

    app.get<{ Querystring: Static<typeof JournalQuery> }>(
      '/journal',
      { schema: { querystring: JournalQuery } },
      async (request) => {
        operatorOf(request, 'viewer');
        const { after = 0, limit = 100, last, subject } = request.query;
        const rows = await readJournal(database, {
          after,
          limit: last ?? limit,
          newest: last !== undefined,
          ...(subject === undefined ? {} : { subject }),
        });
        return { rows: rows.map((row) => ({ ...row, at: new Date(row.at).toISOString() })) };
      },
    );

    app.get('/journal/verify', async (request) => {
      operatorOf(request, 'viewer');
      return verifyJournal(database);
    });

    app.get('/freezes', async (request) => {
      operatorOf(request, 'viewer');
      const freezes = await freezesFrom(database, clock.now());
      return { freezes: freezes.map((freeze) => ({ ...freeze, ...times(freeze) })) };
    });

    app.post<{ Body: Static<typeof Freeze> }>(
      '/freezes',
      { schema: { body: Freeze } },
      async (request, reply) => {
        const { name: person } = operatorOf(request, 'editor');
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
    );

    app.delete<{ Params: Static<typeof Id> }>('/freezes/:id', { schema: { params: Id } }, async (request) => {
      const { name: actor } = operatorOf(request, 'editor');
      const { id } = request.params;
      const now = clock.now();
      const ended = await inTransaction(database, async (client) => {
        if (!(await endFreeze(client, id, now))) return false;
        await appendJournal(client, [{ at: now, actor, kind: 'operator.unfreeze', subject: id, data: {} }]);
        return true;
      });
      if (!ended) throw new Refusal(404, 'not_found', `no freeze ${id} holds now or later`);
      leaderLoop.wake();
      return { id, ended: true };
    });
  };
}

function times({ from, to }: { from: number; to: number }) {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
