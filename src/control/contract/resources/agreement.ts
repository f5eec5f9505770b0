import Type, { type Static } from 'typebox';
import { Exactly, List, OfService, OrNull, Time, Word } from '../fields.ts';
import type { Operations } from '../operation.ts';

const OfNow = OrNull(Type.String(), { description: 'hash; `null`: what is built in' });
const Agreement = Exactly({
  service: Type.String(),
  inForce: OrNull(Exactly({ rollout: Type.String(), hash: Type.String() })),
  underWay: OrNull(Type.String()),
  agrees: Type.Boolean(),
  differences: List(
    Exactly({
      instance: Type.String(),
      environment: Type.String(),
      runs: OfNow,
      inForce: OfNow,
      since: Time(),
      does: Word(['offers', 'undoes', 'adopts', 'waits'], {
        description: 'what is done about it; `waits`: a person has to do something',
      }),
      why: Type.String(),
    }),
    { description: 'what is on its way, and who is silent, is none' },
  ),
});
export type AgreementView = Static<typeof Agreement>;

/** R18. */
export const agreementOperations = {
  'GET /fleet/agreement': {
    role: 'viewer',
    schema: {
      summary: 'Who serves with something else than what is in force',
      querystring: OfService,
      response: { 200: Agreement },
    },
  },
  'POST /fleet/converge': {
    role: 'editor',
    schema: {
      summary: 'Offer what is in force again now to whoever has not got it',
      body: OfService,
      response: { 200: Agreement },
    },
  },
} as const satisfies Operations;
