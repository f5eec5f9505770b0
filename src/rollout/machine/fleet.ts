import { withHeldBackLast } from '../plan/held-back.ts';
import { type Member, planWaves } from '../plan/waves.ts';
import { factText, mayHave, named, rollBack, withProgress } from './rollback.ts';
import type { Decided, Progress, RolloutEvent, RolloutState } from './state.ts';

/** The instances of a rollout: which come and go, and in which waves they are planned. */

/**
 * An instance that came up. It is planned for until the first wave opens; later it is compared with, then
 * caught up.
 */
export function admit(
  state: RolloutState,
  { instance, cell }: Member,
  environment: Progress['environment'],
  now: number,
): Decided {
  const known = state.instances[instance];
  if (known !== undefined && known.has !== 'gone') return { state, effects: [] };
  const instances = { ...state.instances, [instance]: fresh(environment, cell, now) };
  return { state: { ...state, instances }, effects: [] };
}

/** An instance that went away. On purpose: it is not waited for. By itself, with the release: a hard fact. */
export function leaveFleet(
  state: RolloutState,
  { instance, planned }: RolloutEvent & { type: 'left' },
  now: number,
): Decided {
  const known = state.instances[instance];
  if (known === undefined || known.has === 'gone') return { state, effects: [] };
  const without = withProgress(state, [instance], { has: 'gone' });
  const ended = state.phase.at === 'rolling_back' || state.phase.at === 'proved';
  if (planned || ended || !mayHave(known)) return { state: without, effects: [] };
  return rollBack(without, factText({ kind: 'crashed', instance }), now);
}

export function planOf(state: RolloutState) {
  const fleet = named(state)
    .filter(([, { environment, has }]) => environment === 'target' && has === 'old')
    .map(([instance, { cell }]) => ({ instance, cell }));
  const { waves, gate } = state.policy;
  return planWaves(withHeldBackLast(fleet, state.baseline), waves, gate, state.traffic, state.breakGlass);
}

export function fresh(environment: Progress['environment'], cell: string, now: number): Progress {
  return {
    environment,
    cell,
    has: 'old',
    sentAt: now,
    lentAt: now,
    lentMs: 0,
    heardAt: now,
    seq: 0,
    reportSeq: 0,
    leaseUntil: null,
  };
}
