import Type from 'typebox';
import { Because, Exactly, Id, List, Service } from '../../fields.ts';
import type { Operations } from '../../operation.ts';
import { Rollout, RolloutWithMembers } from './rollout.ts';
import { Ordered } from './undo.ts';

const Ask = Exactly({ rollout: Rollout });

/** Rollouts: list, show, watch, approve, reject, promote, abort. */
export const rolloutOperations = {
  'GET /rollouts': {
    role: 'viewer',
    schema: {
      summary: 'The rollouts, newest first',
      querystring: Type.Object({
        service: Service,
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
      }),
      response: { 200: Exactly({ rollouts: List(Rollout) }) },
    },
  },
  'GET /rollouts/:id': {
    role: 'viewer',
    schema: {
      summary: "One rollout, with each instance's part in it",
      params: Id,
      response: { 200: RolloutWithMembers },
    },
  },
  'GET /rollouts/:id/watch': {
    role: 'viewer',
    schema: {
      summary: 'The same as it goes: server-sent events',
      description:
        '`rollout` with its JSON at each change (at most about three a second), `end` when it is over.',
      params: Id,
      // No JSON, and nothing that a handler returns.
      response: { 200: Type.Unsafe<never>(Type.String()) },
    },
  },
  'POST /rollouts/:id/approve': {
    role: 'approver',
    schema: {
      summary: 'Let it go on to production, as one of the people it takes',
      params: Id,
      body: Exactly({ breakGlass: Type.Optional(Type.Boolean()) }),
      response: { 200: Ask, 202: Ask },
    },
  },
  'POST /rollouts/:id/reject': {
    role: 'approver',
    schema: {
      summary: 'End one that waits for approval',
      params: Id,
      body: Because,
      response: { 200: Ask, 202: Ask },
    },
  },
  'POST /rollouts/:id/promote': {
    role: 'editor',
    schema: {
      summary: 'Let the next wave open; evidence is needed all the same',
      params: Id,
      body: Exactly({}),
      response: { 200: Ask, 202: Ask },
    },
  },
  'POST /rollouts/:id/abort': {
    role: 'viewer',
    schema: {
      summary: 'Undo one that is not over',
      params: Id,
      body: Because,
      response: { 200: Ordered, 202: Ordered },
    },
  },
} as const satisfies Operations;
