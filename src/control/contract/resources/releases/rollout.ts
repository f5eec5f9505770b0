import Type, { type Static } from 'typebox';
import { Count, Exactly, List, Milliseconds, OrNull, Text, Time, Word } from '../../fields.ts';

const Value = Exactly({ value: Type.Number(), threshold: Type.Number() });
const Tally = Exactly({ good: Type.Number(), bad: Type.Number() });

const Instance = Type.String({ description: 'the instance' });
export const HardFact = Type.Union([
  Exactly({ kind: Type.Literal('refused'), instance: Instance, cause: Type.String(), late: Type.Boolean() }),
  Exactly({ kind: Type.Literal('crashed'), instance: Instance }),
  Exactly({ kind: Type.Literal('boot_failed'), instance: Instance }),
  Exactly({ kind: Type.Literal('lease_lost'), instance: Instance }),
  Exactly({ kind: Type.Literal('silent'), instance: Instance, forMs: Type.Number() }),
  Exactly({ kind: Type.Literal('stalled'), instance: Instance, stalledMs: Type.Number() }),
  Exactly({
    kind: Type.Literal('overdue'),
    instance: Instance,
    overdue: Type.Number(),
    budget: Type.Number(),
  }),
  Exactly({ kind: Type.Literal('probes_failed'), instance: Instance, inARow: Type.Number() }),
]);

/** The numbers behind a verdict: docs/explanation/gate.md. */
export const Evidence = Exactly({
  facts: List(HardFact),
  harm: Type.Number(),
  worstHarm: Type.Number(),
  harmThreshold: Type.Number(),
  lateChange: OrNull(Value),
  endings: OrNull(
    Exactly({
      name: Text('what ended otherwise: `result/1`, `callback/refused`'),
      before: Tally,
      value: Type.Number(),
      exposed: Tally,
      control: Tally,
    }),
  ),
  exposed: Tally,
  control: Tally,
  baseRate: OrNull(Type.Number()),
  health: OrNull(Value),
  missing: OrNull(Type.Number({ description: 'good outcomes that are missing still' })),
  etaMs: OrNull(Type.Number()),
  elapsedMs: Type.Number(),
  minMs: Type.Number(),
});

export const Verdict = Type.Union([
  Exactly({
    kind: Type.Literal('roll_back'),
    reason: Word([
      'hard_fact',
      'more_bad_than_control',
      'ends_otherwise',
      'late_change',
      'worse_than_before',
      'not_proved_in_time',
    ]),
    evidence: Evidence,
  }),
  Exactly({
    kind: Type.Literal('hold'),
    reason: Word(['nothing_to_compare', 'too_few_outcomes', 'too_early', 'ending_otherwise']),
    until: Milliseconds('when it becomes a roll-back'),
    evidence: Evidence,
  }),
  Exactly({ kind: Type.Literal('promote'), evidence: Evidence }),
]);

export const Wave = Exactly({
  kind: Word(['first', 'middle', 'widest', 'rest']),
  instances: Count('how many it adds'),
  share: Type.Number({ description: 'part of all instances that have the release in it' }),
  leaseMs: Type.Number(),
  harm: Exactly(
    { expected: Type.Number(), p95: Type.Number() },
    { description: 'failed payments, if the release were wholly bad' },
  ),
  criteria: Exactly({
    excessBadRate: Type.Number(),
    missChance: Type.Number(),
    minMs: Type.Number(),
    deadlineMs: Type.Number(),
    factsOnly: Type.Optional(Type.Literal(true)),
  }),
});

export const Phase = Word([
  'draft',
  'testing',
  'awaiting_approval',
  'waiting',
  'wave',
  'bake',
  'rest',
  'proved',
  'rolling_back',
  'rolled_back',
  'aborted',
]);

const Has = Type.Record(Type.String(), Type.Integer(), {
  description: 'how many have it how: `old`, `offered`, `lent`, `proving`, `proved`, `back`, `gone`',
});

const rollout = {
  id: Text('service and sequence of its release: `imara-7`'),
  service: Type.String(),
  release: Type.Integer(),
  hash: Type.String(),
  undoTo: OrNull(Type.String(), { description: 'hash that its undo leads to; `null`: what is built in' }),
  author: Type.String(),
  reason: Type.String(),
  phase: Phase,
  because: OrNull(Type.String(), { description: 'why it ended, or goes back' }),
  wave: OrNull(Type.Integer(), { description: 'from 1; `null` before the first' }),
  waves: List(Wave),
  instances: Exactly({ testing: Has, production: Has }),
  receipts: List(Type.String(), { description: 'testing instances that signed' }),
  approvals: List(Exactly({ person: Type.String(), breakGlass: Type.Boolean() })),
  approvalsNeeded: Type.Integer(),
  breakGlass: Type.Boolean(),
  switches: OrNull(List(Type.String()), {
    description: 'what it switches off, when it does nothing else: it goes the short way',
  }),
  waitsForPromotion: Type.Boolean({ description: "whether the next wave waits for a person's word" }),
  freezes: List(Exactly({ id: Type.String(), from: Milliseconds('its begin'), to: Milliseconds('its end') })),
  deadlineAt: OrNull(Time()),
  verdict: OrNull(Verdict, { description: 'the last of the gate' }),
  warnings: List(
    Exactly({
      key: Type.String(),
      cause: Type.String(),
      count: Type.Integer({ description: 'of instances' }),
      instances: List(Type.String(), { description: 'three of them' }),
    }),
    { description: 'what did not work where it was taken, and was no reason to refuse it' },
  ),
  version: Type.Integer({ description: 'grows with each change' }),
  createdAt: Time(),
  updatedAt: Time(),
};

export const Rollout = Exactly(rollout);
export type Rollout = Static<typeof Rollout>;

export type RolloutWithMembers = Static<typeof RolloutWithMembers>;
export const RolloutWithMembers = Exactly({
  ...rollout,
  members: List(
    Exactly({
      instance: Type.String(),
      environment: Word(['testing', 'production']),
      cell: Type.String(),
      has: Word(['old', 'offered', 'lent', 'proving', 'proved', 'back', 'gone']),
      heardAt: Time(),
    }),
  ),
});
