import { applyClaims } from '../../../rollout/machine/instance-claims.ts';
import { step } from '../../../rollout/machine/machine.ts';
import type { RolloutEffect, RolloutEvent, RolloutState } from '../../../rollout/machine/state.ts';
import type { StoredRollout } from '../../store/rollouts.ts';
import type { OfferedRelease } from '../signed-events.ts';

/**
 * A rollout in the leader's working set, as the store has it but for beats and outcomes of the last second.
 */
export interface ActiveRollout {
  readonly id: string;
  readonly service: string;
  readonly version: number;
  readonly backTo: string | null;
  readonly state: RolloutState;
  /** `null`: its release was not written by control, so nobody is offered it; it can only be undone. */
  readonly offered: OfferedRelease | null;
  /** Since when it is in this working set. */
  readonly since: number;
  /** When it was written last. */
  readonly savedAt: number;
}

/** Its instances' silence begins now: what went before was another's to hear. */
export function activeRollout(
  { id, service, version, backTo, state: stored }: StoredRollout,
  offered: OfferedRelease | null,
  now: number,
): ActiveRollout {
  const { state } = step(stored, { type: 'resume' }, now);
  return { id, service, version, backTo, state, offered, since: now, savedAt: now };
}

export interface Folded {
  readonly state: RolloutState;
  readonly effects: readonly RolloutEffect[];
}

type Claimed = RolloutEvent & { type: 'claimed' };

/**
 * The events one after another; what instances reported in a row is taken together, because it may be a
 * thousand of them.
 */
export function fold(state: RolloutState, events: readonly RolloutEvent[], now: number): Folded {
  let next = state;
  let claims: Claimed[] = [];
  const effects: RolloutEffect[] = [];
  const take = (decided: Folded): void => {
    next = decided.state;
    for (const effect of decided.effects) effects.push(effect);
  };
  const takeTold = (): void => {
    if (claims.length > 0) take(applyClaims(next, claims, now));
    claims = [];
  };
  for (const event of events) {
    if (event.type === 'claimed') claims.push(event);
    else {
      takeTold();
      take(step(next, event, now));
    }
  }
  takeTold();
  return { state: next, effects };
}

export function refusalIn(effects: readonly RolloutEffect[]): string | undefined {
  return effects.find((effect) => effect.type === 'refuse')?.reason;
}
