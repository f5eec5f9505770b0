import type { Assignment } from '../../store/assignments.ts';
import type { Step } from './decide.ts';
import { PRODUCTION, TESTING } from './events.ts';

/**
 * What a turn's steps come to in the store: one order for each instance, and which release is in force. Pure;
 * both stores, the one in PostgreSQL and the simulated one, ask here, so that neither decides it by itself.
 */

/** What a turn wants of each instance; of several orders to one the last counts. */
export function wantedBy(steps: readonly Step[]): Assignment[] {
  const wanted = steps.flatMap(assignmentsOf);
  return [...new Map(wanted.map((each) => [each.instance, each])).values()];
}

function assignmentsOf({ active, folded, backTo }: Step): Assignment[] {
  const { service, id } = active;
  const { state, effects } = folded;
  return effects.flatMap((effect): Assignment[] => {
    if (effect.type !== 'offer' && effect.type !== 'prove' && effect.type !== 'undo') return [];
    const { instance } = effect;
    const environment = state.instances[instance]?.environment === 'testing' ? TESTING : PRODUCTION;
    const common = {
      service,
      instance,
      environment,
      rollout: id,
      hash: state.hash,
      undoTo: null,
      attempt: 1,
    };
    switch (effect.type) {
      case 'offer': {
        const { leaseMs, breakGlass, attempt } = effect;
        return [{ ...common, action: 'offer', leaseMs, breakGlass, attempt }];
      }
      case 'prove':
        return [{ ...common, action: 'proof', leaseMs: null, breakGlass: false }];
      case 'undo':
        return [{ ...common, action: 'undo', undoTo: backTo ?? effect.to, leaseMs: null, breakGlass: false }];
      default:
        return effect satisfies never;
    }
  });
}

/**
 * The release in force changes when one is proved, and when that one is undone: then to what its undo leads
 * to (`null`: what is built in), if it was in force at all. `undefined`: it stays.
 */
export function inForceAfter({ active, folded, backTo }: Step): { hash: string | null } | 'this' | undefined {
  const { at } = folded.state.phase;
  if (at === active.state.phase.at) return undefined;
  if (at === 'proved') return 'this';
  if (at !== 'rolling_back' && at !== 'rolled_back') return undefined;
  return { hash: backTo ?? folded.state.undoTo };
}
