import Type, { type Static } from 'typebox';
import { Exactly, List, Milliseconds, OrNull, Reason, Service } from '../../fields.ts';
import type { Operations } from '../../operation.ts';
import { Phase } from './rollout.ts';

const named = {
  rollout: Type.String(),
  release: OrNull(Type.Integer()),
  hash: Type.String(),
  phase: Phase,
  leadsTo: OrNull(Type.String(), {
    description: 'hash that its undo leads to; `null`: what the service has built in',
  }),
};
const Standing = {
  service: Type.String(),
  underWay: OrNull(Exactly(named), { description: 'the release on its way forward' }),
  inForce: OrNull(Exactly(named), { description: '`null`: what is built in' }),
  lately: List(Exactly({ ...named, leftAt: Milliseconds('when'), because: Type.String() }), {
    description: 'what goes back, or went back in the last 30 s',
  }),
};

export const Ordered = Exactly({
  told: Type.Integer({ description: 'instances that were told at once' }),
  written: Type.Boolean({ description: '`false`: the store does not answer; it is written when it does' }),
  leaves: List(Type.String(), { description: 'the rollouts that were ordered back' }),
  rollouts: List(Type.String(), { description: 'those that go back' }),
});
export type Ordered = Static<typeof Ordered>;

/** What an undo would leave, and undo itself. */
export const undoOperations = {
  'GET /undo': {
    role: 'viewer',
    schema: {
      summary: 'What an undo would leave',
      querystring: Type.Object({
        service: Service,
        to: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 128,
            description: 'sequence, hash or its beginning: whether an undo may lead there',
          }),
        ),
      }),
      response: {
        200: Exactly({
          ...Standing,
          to: Type.Optional(
            Exactly({
              ok: Type.Literal(true),
              hash: Type.String(),
              sequence: Type.Integer(),
              takes: List(Type.Integer(), { description: 'every release that is left on the way' }),
            }),
          ),
        }),
      },
    },
  },
  'POST /undo': {
    role: 'viewer',
    schema: {
      summary: 'Undo: take back a release',
      description:
        'Every operator may, and nothing is asked first. `202`: it was said to the instances, and is done as soon as it can be.',
      body: Exactly({
        service: Service,
        rollout: Type.Optional(
          Type.String({ minLength: 1, maxLength: 200, description: 'the one to leave' }),
        ),
        to: Type.Optional(
          Type.Union([Type.Integer({ minimum: 1 }), Type.String({ minLength: 1, maxLength: 128 })], {
            description: 'sequence, hash or its beginning; the one before when left out',
          }),
        ),
        reason: Reason,
      }),
      response: { 200: Ordered, 202: Ordered },
    },
  },
} as const satisfies Operations;
