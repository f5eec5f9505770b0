import Type from 'typebox';
import { AnyJson, Exactly, Id, List, OrNull, Reason, RoleName, Text, Time } from '../fields.ts';
import type { Operations } from '../operation.ts';

const Freeze = Exactly({
  id: Type.String(),
  from: Time(),
  to: Time(),
  reason: Type.String(),
  person: Type.String(),
});

/** Who asks, the fleet, the journal, and freezes. */
export const recordOperations = {
  'GET /whoami': {
    role: 'viewer',
    schema: {
      summary: 'Who asks, and as what',
      response: { 200: Exactly({ name: Type.String(), role: RoleName }) },
    },
  },
  'GET /fleet': {
    role: 'viewer',
    schema: {
      summary: 'The instances that were heard in the last ten minutes',
      querystring: Type.Object({ service: Type.Optional(Type.String()) }),
      response: {
        200: Exactly({
          instances: List(
            Exactly({
              service: Type.String(),
              instance: Type.String(),
              environment: Type.String(),
              cell: Type.String(),
              phase: Type.String(),
              running: OrNull(Type.String(), { description: 'hash; `null`: what is built in' }),
              good: OrNull(Type.String(), { description: 'the proved one' }),
              rollout: OrNull(Type.String()),
              vitals: Exactly({
                stalledMs: Type.Number(),
                overdue: Type.Number(),
                overdueBudget: Type.Number(),
                failedProbesInARow: Type.Number(),
              }),
              heardAt: Time(),
              runningSince: Type.Number({ description: 'ms since the epoch' }),
              silent: Type.Boolean({ description: 'not heard for so long that it counts as lost' }),
            }),
          ),
        }),
      },
    },
  },
  'GET /journal': {
    role: 'viewer',
    schema: {
      summary: 'The journal, oldest first',
      querystring: Type.Object({
        after: Type.Optional(Type.Integer({ minimum: 0, description: 'rows after this sequence' })),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
        last: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 1_000, description: 'instead: so many of the newest' }),
        ),
        subject: Type.Optional(
          Type.String({ maxLength: 200, description: 'of one rollout, instance or freeze' }),
        ),
      }),
      response: {
        200: Exactly({
          rows: List(
            Exactly({
              sequence: Type.Integer(),
              at: Time(),
              actor: Text("a person's name, `instance:NAME` or `control:NAME`"),
              kind: Text('`rollout.phase`, `agent.refused` …'),
              subject: Type.String(),
              data: AnyJson,
              previous: Type.String(),
              hash: Type.String(),
            }),
          ),
        }),
      },
    },
  },
  'GET /journal/verify': {
    role: 'viewer',
    schema: {
      summary: 'Whether every row of the journal is as it was written',
      response: {
        200: Type.Union([
          Exactly({ ok: Type.Literal(true), rows: Type.Integer(), head: Type.String() }),
          Exactly({
            ok: Type.Literal(false),
            sequence: Type.Integer({ description: 'the first row that is not what was written' }),
            reason: Type.String(),
          }),
        ]),
      },
    },
  },
  'GET /freezes': {
    role: 'viewer',
    schema: {
      summary: 'The freezes that hold now or later',
      response: { 200: Exactly({ freezes: List(Freeze) }) },
    },
  },
  'POST /freezes': {
    role: 'editor',
    schema: {
      summary: 'No wave opens while it holds; undo is never frozen',
      body: Exactly({
        from: Type.Optional(Time('now when left out')),
        to: Time(),
        reason: Reason,
      }),
      response: { 200: Freeze, 201: Freeze },
    },
  },
  'DELETE /freezes/:id': {
    role: 'editor',
    schema: {
      summary: 'End a freeze',
      params: Id,
      response: { 200: Exactly({ id: Type.String(), ended: Type.Literal(true) }) },
    },
  },
} as const satisfies Operations;
