import { withProved } from '../src/rollout/instance/ring.ts';
import type { RolloutState } from '../src/rollout/machine/state.ts';
import { switchPolicy } from '../src/rollout/plan/switch-policy.ts';
import type { BehaviourName } from './events/behaviour.ts';
import type { Often } from './events/often.ts';
import { type Cores, realCores } from './parts/cores.ts';

/** Cores with one fault each, and the rule that must catch it. They show that the judges are awake. */
export interface Mutant {
  readonly name: string;
  /** Any of these is right: some faults break several rules at once. */
  readonly caughtBy: readonly string[];
  readonly cores: Cores;
  /** What has to be pushed for the fault to show, where not every release will do. */
  readonly release?: BehaviourName;
  /** Whether people have to undo in trouble for it to show. */
  readonly trouble?: true;
  /** Whether people have to change how changes travel for it to show. */
  readonly rules?: true;
  /** Whether proved releases have to turn bad for it to show. */
  readonly late?: true;
  /** Whether releases have to come that are only felt, and switches. */
  readonly felt?: true;
  /** What has to come more often than chance brings it. */
  readonly often?: Often;
  /** A seed from which it shows soon; 1 otherwise. */
  readonly from?: number;
}

const { instance, decide, checkOffer, planUndo, policyFor } = realCores;

export const mutants: readonly Mutant[] = [
  {
    name: 'an instance that waits for its taste without end',
    caughtBy: ['R1'],
    release: 'spins_in_taste',
    cores: withInstance((state, event, now, limits) =>
      instance(state, event, now, { ...limits, tasteMs: Number.POSITIVE_INFINITY }),
    ),
  },
  {
    name: 'production that accepts without receipts',
    caughtBy: ['R2'],
    cores: {
      ...realCores,
      checkOffer: (envelope, terms, verify, now) =>
        checkOffer(envelope, { ...terms, receipts: null }, verify, now),
    },
  },
  {
    name: 'production that believes whoever signed the receipt',
    caughtBy: ['R2'],
    from: 42,
    cores: {
      ...realCores,
      checkOffer: (envelope, terms, _, now) => checkOffer(envelope, terms, () => true, now),
    },
  },
  {
    name: 'waves that open on no evidence',
    caughtBy: ['R3'],
    from: 15,
    cores: withStates((state) => ({
      ...state,
      waves: state.waves.map((wave) => ({
        ...wave,
        criteria: { ...wave.criteria, missChance: 0.9, minMs: 0 },
      })),
    })),
  },
  {
    name: 'waves that open in a freeze',
    caughtBy: ['R3'],
    release: 'good',
    from: 20,
    cores: {
      ...realCores,
      decide: (situation) => decide({ ...situation, observed: { ...situation.observed, freezes: [] } }),
    },
  },
  {
    name: 'a gate that does not look at how things end: a release that only refuses',
    caughtBy: ['R3'],
    from: 8,
    release: 'refuses_one_in_three',
    cores: withStates(blindToEndings),
  },
  {
    name: 'a gate that does not look at how things end: callbacks that stop',
    caughtBy: ['R3'],
    from: 8,
    release: 'delivers_no_callback',
    cores: withStates(blindToEndings),
  },
  {
    name: 'a switch that waits as every change does',
    caughtBy: ['switch'],
    from: 130,
    felt: true,
    cores: withStates((state) => {
      if (state.switches === undefined) return state;
      const { switches: _, ...rest } = state;
      return { ...rest, policy: { ...state.policy, people: 1 } };
    }),
  },
  {
    name: 'a switch that goes to all at once',
    caughtBy: ['R3'],
    felt: true,
    cores: withStates((state) =>
      state.switches === undefined
        ? state
        : { ...state, policy: { ...state.policy, waves: { ...state.policy.waves, firstWave: 1_000 } } },
    ),
  },
  {
    name: 'a short way for every change',
    caughtBy: ['R3'],
    cores: withStates((state) => ({ ...state, switches: ['all'], policy: switchPolicy(state.policy) })),
  },
  {
    name: 'an instance that does not wait for its taster',
    caughtBy: ['R4'],
    cores: withInstance((state, event, now, limits) =>
      instance(
        state,
        event.type === 'taste_failed' ? { type: 'tasted', order: event.order } : event,
        now,
        limits,
      ),
    ),
  },
  {
    name: 'an instance that ignores the end of its lease',
    caughtBy: ['R5'],
    cores: withInstance((state, event, now, limits) =>
      state.phase.at === 'lent' && event.type === 'tick'
        ? { state, effects: [] }
        : instance(state, event, now, limits),
    ),
  },
  {
    name: 'a renewal that counts from when it arrives',
    caughtBy: ['R5'],
    from: 42,
    cores: withInstance((state, event, now, limits) =>
      instance(state, event.type === 'renewed' ? { ...event, sentAt: now } : event, now, limits),
    ),
  },
  {
    name: 'a freeze that holds up an undo',
    caughtBy: ['R6 done'],
    from: 21,
    cores: {
      ...realCores,
      decide: (situation) =>
        decide(
          situation.observed.freezes.length === 0
            ? situation
            : { ...situation, commands: situation.commands.filter(({ kind }) => kind !== 'undo') },
        ),
    },
  },
  {
    name: 'an instance that is too busy to undo',
    caughtBy: ['R6 obeyed'],
    cores: withInstance((state, event, now, limits) =>
      event.type === 'undo' && state.phase.at === 'lent'
        ? { state, effects: [] }
        : instance(state, event, now, limits),
    ),
  },
  {
    name: 'a control that works out again what an undo is about when it does it',
    caughtBy: ['R17'],
    trouble: true,
    cores: {
      ...realCores,
      decide: (situation) =>
        decide({
          ...situation,
          commands: situation.commands.map((command) => {
            const { active } = situation;
            const now = active.find(({ state }) => state.phase.at === 'proved') ?? active[0];
            return command.kind === 'undo' && now !== undefined ? { ...command, rollout: now.id } : command;
          }),
        }),
    },
  },
  {
    name: 'a command line that orders at the instances the undo of what they serve with by then',
    caughtBy: ['R17'],
    trouble: true,
    from: 8,
    cores: {
      ...realCores,
      orderHere: ({ hash }, serves) => ({ rollout: null, from: serves ?? hash }),
    },
  },
  {
    name: 'a command line that takes the release in force with what is on its way',
    caughtBy: ['R17'],
    trouble: true,
    cores: {
      ...realCores,
      planUndo(stands, wish) {
        const plan = planUndo(stands, wish);
        const leaves = [stands.underWay, stands.inForce].flatMap((each) => each ?? []);
        return plan.kind === 'order' ? { ...plan, leaves } : plan;
      },
    },
  },
  {
    name: 'a command line that takes a further release without a question',
    caughtBy: ['R17'],
    trouble: true,
    cores: { ...realCores, planUndo: (stands, wish) => planUndo(stands, { ...wish, yes: true }) },
  },
  {
    name: 'an undo to a release that nobody has checked',
    caughtBy: ['R17'],
    trouble: true,
    cores: {
      ...realCores,
      targetOf: (_, wanted) => ({ ok: true, hash: wanted, sequence: 1, takes: [] }),
    },
  },
  {
    name: 'an instance that leaves what it has, whatever an undo names',
    caughtBy: ['R17'],
    trouble: true,
    cores: withInstance((state, event, now, limits) => {
      const from = 'offer' in state.phase ? state.phase.offer.release.hash : state.good?.hash;
      const named = event.type === 'undo' && from !== undefined ? { ...event, rollout: null, from } : event;
      return instance(state, named, now, limits);
    }),
  },
  {
    name: 'a ring that accepts what is only lent',
    caughtBy: ['R7'],
    cores: withInstance((state, event, now, limits) => {
      const stepped = instance(state, event, now, limits);
      const { phase, memory } = stepped.state;
      if (event.type !== 'switched' || phase.at !== 'lent') return stepped;
      const kept = { ...memory, ring: withProved(memory.ring, phase.offer.release, now) };
      return {
        state: { ...stepped.state, memory: kept },
        effects: [...stepped.effects, { type: 'save', memory: kept }],
      };
    }),
  },
  {
    name: 'a ring that holds nothing but the newest',
    caughtBy: ['R7'],
    cores: withInstance((state, event, now, limits) => {
      const stepped = instance(state, event, now, limits);
      const { phase } = stepped.state;
      if (event.type !== 'proved' || phase.at !== 'proving') return stepped;
      const ring = { ...phase.memory.ring, entries: phase.memory.ring.entries.slice(0, 1) };
      const memory = { ...phase.memory, ring };
      return {
        state: { ...stepped.state, phase: { ...phase, memory } },
        effects: [{ type: 'save', memory, hash: event.proof.hash }],
      };
    }),
  },
  {
    name: 'a boot that waits to be told what to start with',
    // The shell ends a boot that has nothing to start with, and the next does no better.
    caughtBy: ['R8', 'R18'],
    cores: withInstance((state, event, now, limits) => {
      const stepped = instance(state, event, now, limits);
      if (event.type !== 'boot') return stepped;
      return { state: { ...stepped.state, phase: { at: 'down' } }, effects: [] };
    }),
  },
  {
    name: 'a boot that does not count its failures',
    caughtBy: ['R9'],
    from: 350,
    release: 'crashes_at_boot',
    cores: withInstance((state, event, now, limits) =>
      instance(
        state,
        event.type === 'boot' ? { ...event, memory: { ...event.memory, failedBoots: {} } } : event,
        now,
        limits,
      ),
    ),
  },
  {
    name: 'a gate that takes silence for health',
    caughtBy: ['R10'],
    from: 30,
    cores: withStates((state) => {
      const { policy } = state;
      const facts = { ...policy.gate.facts, silentMs: Number.POSITIVE_INFINITY };
      return { ...state, policy: { ...policy, gate: { ...policy.gate, facts } } };
    }),
  },
  {
    name: 'a store that lets a deposed leader write',
    caughtBy: ['fence', 'R6 done'],
    from: 33,
    cores: { ...realCores, storeFences: false },
  },
  {
    name: 'a store that gives a fence again after it was put back',
    caughtBy: ['R6 done'],
    often: 'store_put_back',
    cores: { ...realCores, nextFence: (fence) => fence + 1 },
  },
  {
    name: 'a control that says everything only once',
    caughtBy: ['liveness', 'R18'],
    from: 4,
    cores: withStates((state) => ({
      ...state,
      policy: { ...state.policy, repeatMs: Number.POSITIVE_INFINITY, takeMs: Number.POSITIVE_INFINITY },
    })),
  },
  {
    name: 'a control that offers what is in force once, and never again',
    caughtBy: ['R18'],
    cores: withStates((state) => ({
      ...state,
      instances: Object.fromEntries(
        Object.entries(state.instances).map(([name, each]) => [
          name,
          each.has === 'back' ? { ...each, againAt: null } : each,
        ]),
      ),
    })),
  },
  {
    name: 'an instance that never tries again what it refused',
    caughtBy: ['R18'],
    from: 13,
    cores: withInstance((state, event, now, limits) => {
      if (event.type !== 'offered') return instance(state, event, now, limits);
      const { attempt: _, ...body } = event.envelope.body;
      return instance(state, { ...event, envelope: { ...event.envelope, body } }, now, limits);
    }),
  },
  {
    name: 'a control that takes no undo that its store does not know of',
    caughtBy: ['R18'],
    from: 3,
    often: 'undo_forgotten',
    cores: {
      ...realCores,
      decide: (situation) => {
        const { batch } = situation.observed;
        const told = batch.told.filter(
          ({ numbered: { message } }) =>
            message.type !== 'refused' || message.because?.what !== 'undone_here',
        );
        const instances = batch.instances.map((each) => ({
          ...each,
          report: { ...each.report, undone: [] },
        }));
        const observed = { ...situation.observed, batch: { ...batch, told, instances } };
        return decide({ ...situation, observed });
      },
    },
  },
  {
    name: 'a control that takes any rules',
    caughtBy: ['rules'],
    rules: true,
    from: 11,
    cores: { ...realCores, obstaclesOf: () => [] },
  },
  {
    name: 'a repair of the rules that travels by the rules in force',
    caughtBy: ['rules'],
    rules: true,
    cores: { ...realCores, policyFor: (inForce) => inForce },
  },
  {
    name: 'a repair of the rules that asks for more people than there are',
    caughtBy: ['rules'],
    from: 8,
    rules: true,
    cores: {
      ...realCores,
      policyFor: (inForce, ...rest) => ({ ...policyFor(inForce, ...rest), people: inForce.people }),
    },
  },
  {
    name: 'a repair of the rules that one person approves, however many the rules ask for',
    caughtBy: ['R3'],
    from: 8,
    rules: true,
    cores: {
      ...realCores,
      policyFor: (inForce, usual, what, approvers) =>
        policyFor(inForce, usual, what, what.onlyRules ? 1 : approvers),
    },
  },
  {
    name: 'a control that judges nothing after the proof',
    caughtBy: ['R10 alarm'],
    from: 14,
    late: true,
    cores: {
      ...realCores,
      decide: (situation) => {
        const decided = decide(situation);
        return {
          ...decided,
          judged: { state: { ...decided.judged.state, alarms: [] }, raised: [], cleared: [] },
        };
      },
    },
  },
  {
    name: 'alarms that outlive the release they are about',
    caughtBy: ['R10 alarm'],
    from: 17,
    late: true,
    cores: {
      ...realCores,
      decide: (situation) => {
        const decided = decide(situation);
        const { known } = situation.watching;
        const { state } = decided.judged;
        const left = known !== undefined && known.alarms.length > 0 && known.of.rollout !== state.of.rollout;
        return left
          ? {
              ...decided,
              judged: { state: { ...state, of: known.of, alarms: known.alarms }, raised: [], cleared: [] },
            }
          : decided;
      },
    },
  },
];

function blindToEndings(state: RolloutState): RolloutState {
  const { gate } = state.policy;
  return {
    ...state,
    policy: { ...state.policy, gate: { ...gate, weights: { ...gate.weights, endings: 0 } } },
  };
}

function withInstance(step: Cores['instance']): Cores {
  return { ...realCores, instance: step };
}

/** Control that sees each rollout through these eyes. */
function withStates(change: (state: RolloutState) => RolloutState): Cores {
  return {
    ...realCores,
    decide: (situation) =>
      decide({
        ...situation,
        active: situation.active.map((each) => ({ ...each, state: change(each.state) })),
      }),
  };
}
