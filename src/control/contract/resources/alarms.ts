import Type, { type Static } from 'typebox';
import { Exactly, List, OfService, OrNull, Time } from '../fields.ts';
import type { Operations } from '../operation.ts';

const Tally = Exactly({ good: Type.Number(), bad: Type.Number() });

export const Judgement = Exactly({
  service: Type.String(),
  rollout: OrNull(Type.String(), { description: '`null`: what is built in; so for release and hash' }),
  release: OrNull(Type.Integer()),
  hash: OrNull(Type.String()),
  judgedSince: OrNull(Time()),
  unknown: OrNull(Type.String(), { description: 'why nothing can be said; `null`: something can' }),
  requests: Tally,
  probes: Tally,
  before: OrNull(Tally, {
    description: 'the two minutes before its rollout, while that is compared with',
  }),
  alarms: List(
    Exactly({
      kind: Type.String(),
      since: Time(),
      seenAt: Time(),
      what: Type.String(),
      instances: List(Type.String()),
      undo: OrNull(Type.String(), { description: 'the command; `null`: there is nothing to undo' }),
      suspect: Type.Boolean({ description: 'it came into force less than an hour before' }),
    }),
  ),
});
export type JudgementView = Static<typeof Judgement>;

export const alarmOperations = {
  'GET /alarms': {
    role: 'viewer',
    schema: {
      summary: 'How the release in force of each service is judged after its proof',
      description: '`requests` and `probes` of the last half minute.',
      querystring: OfService,
      response: { 200: Exactly({ services: List(Judgement) }) },
    },
  },
} as const satisfies Operations;
