import type { RolloutState } from '../../src/rollout/machine/state.ts';
import type { BehaviourName } from '../events/behaviour.ts';
import type { Often } from '../events/often.ts';
import { type Cores, realCores } from '../parts/cores.ts';

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

export function withInstance(step: Cores['instance']): Cores {
  return { ...realCores, instance: step };
}

/** Control that sees each rollout through these eyes. */
export function withStates(change: (state: RolloutState) => RolloutState): Cores {
  return {
    ...realCores,
    decide: (situation) =>
      realCores.decide({
        ...situation,
        active: situation.active.map((each) => ({ ...each, state: change(each.state) })),
      }),
  };
}
