import type { RolloutState } from '../../src/rollout/machine/state.ts';
import { switchPolicy } from '../../src/rollout/plan/switch-policy.ts';
import { realCores } from '../parts/cores.ts';
import { type Mutant, withStates } from './mutant.ts';

const { decide } = realCores;

/** How far a release goes, and on what evidence (R3, R10, switches). */
export const waveMutants: readonly Mutant[] = [
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
    name: 'a gate that grants all that an instance refused more before the push, be it by chance',
    caughtBy: ['R3'],
    from: 530,
    cores: withStates((state) => {
      const { gate } = state;
      return gate === null ? state : { ...state, gate: { ...gate, endings: { ...gate.endings, risen: {} } } };
    }),
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
    name: 'a gate that takes silence for health',
    caughtBy: ['R10'],
    from: 30,
    cores: withStates((state) => {
      const { policy } = state;
      const facts = { ...policy.gate.facts, silentMs: Number.POSITIVE_INFINITY };
      return { ...state, policy: { ...policy, gate: { ...policy.gate, facts } } };
    }),
  },
];

function blindToEndings(state: RolloutState): RolloutState {
  const { gate } = state.policy;
  return {
    ...state,
    policy: { ...state.policy, gate: { ...gate, weights: { ...gate.weights, endings: 0 } } },
  };
}
