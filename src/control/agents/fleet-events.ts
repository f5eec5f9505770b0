import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { choicesText } from '../../config/check/nearest.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Database, inTransaction } from '../../platform/database/database.ts';
import { carriesToken } from '../../platform/http/authorization.ts';
import { Refusal, strictRequests } from '../../platform/http/json-api.ts';
import { appendJournal } from '../store/journal.ts';

const Text = Type.String({ maxLength: 500, pattern: '^[^\\u0000]*$' });
const FleetEvents = Type.Object(
  {
    /** Whose supervisor it is. */
    machine: Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000]*$' }),
    events: Type.Array(
      Type.Object(
        {
          /** The same when it is sent again. */
          id: Type.String({ pattern: '^[\\w-]{8,100}$' }),
          at: Type.String({ format: 'date-time' }),
          kind: Type.String({ pattern: '^[a-z_]{1,40}$' }),
          data: Type.Record(Type.String({ maxLength: 40 }), Type.Union([Text, Type.Null()]), {
            maxProperties: 8,
          }),
        },
        { additionalProperties: false },
      ),
      { maxItems: 50 },
    ),
  },
  { additionalProperties: false },
);

/**
 * R15: restarts and crash loops of every machine are in the one journal. `POST /agent/v1/fleet-events` takes
 * what a supervisor has written down; sent twice it is written once. A machine shows what its agents show.
 */
export function fleetEventRoutes({
  database,
  token,
  clock,
}: {
  database: Database;
  token: string;
  clock: Clock;
}) {
  return async (app: FastifyInstance): Promise<void> => {
    strictRequests(app, choicesText);
    app.post<{ Body: Static<typeof FleetEvents> }>(
      '/agent/v1/fleet-events',
      {
        schema: { body: FleetEvents },
        async onRequest(request) {
          if (!carriesToken(request.headers.authorization, token))
            throw new Refusal(401, 'unauthenticated', 'show the agents’ token: Authorization: Bearer …');
        },
      },
      async ({ body: { machine, events } }) => {
        const written = await inTransaction(database, async (client) => {
          // Another sender of the same waits here, and then sees what was written.
          await client.query('select 1 from control.journal_head where one for update');
          const { rows } = await client.query<{ subject: string }>(
            'select subject from control.journal where subject = any($1)',
            [events.map(({ id }) => id)],
          );
          const known = new Set(rows.map(({ subject }) => subject));
          const fresh = events.filter(({ id }) => !known.has(id));
          await appendJournal(
            client,
            fresh.map(({ id, at, kind, data }) => ({
              at: clock.now(),
              actor: `supervisor:${machine}`,
              kind: `fleet.${kind}`,
              subject: id,
              data: { ...data, at },
            })),
          );
          return fresh.length;
        });
        return { written };
      },
    );
  };
}
