import { isBackward, isFinished, wentBack } from '../../rollout/machine/phases.ts';
import type { RolloutAt, RolloutState } from '../../rollout/machine/state.ts';

/** What an undo can be about: a release by all its names. */
export interface Named {
  readonly rollout: string;
  /** Its sequence; `null` where its row was not written by control. */
  readonly release: number | null;
  readonly hash: string;
  readonly phase: RolloutAt;
  /** Hash of the release that its undo leads to; `null`: what the service has built in. */
  readonly leadsTo: string | null;
}

/** A release that goes back, or did of late. */
export interface Left extends Named {
  /** ms since the epoch. */
  readonly leftAt: number;
  readonly because: string;
}

/** What stands at one moment, so that an undo can name what it leaves (R17). */
export interface Standing {
  readonly service: string;
  /** The release on its way forward. */
  readonly underWay: Named | null;
  readonly inForce: Named | null;
  /**
   * What goes back now or went back in the last `LATELY_MS`, newest first: a person who orders an undo may
   * mean it.
   */
  readonly lately: readonly Left[];
}

/** For so long after a release was left, a person who asks for an undo may not have seen that it is done. */
export const LATELY_MS = 30_000;

/** A rollout as the leader's memory or the store has it. */
export interface Known {
  readonly id: string;
  readonly service: string;
  readonly sequence: number | null;
  readonly state: RolloutState;
  readonly backTo: string | null;
}

/** `leftAt`: when each rollout that went back of late did so. */
export function standingOf(
  service: string,
  known: readonly Known[],
  leftAt: ReadonlyMap<string, number>,
  now: number,
): Standing {
  const ofService = known.filter((each) => each.service === service);
  const underWay = ofService.find(({ state: { phase } }) => !isFinished(phase.at) && !isBackward(phase.at));
  const inForce = ofService.find(({ state }) => state.phase.at === 'proved');
  const lately = ofService.flatMap((each): Left[] => {
    const { phase } = each.state;
    if (!wentBack(phase)) return [];
    const at = leftAt.get(each.id) ?? (phase.at === 'rolling_back' ? now : undefined);
    const recent = at !== undefined && (phase.at === 'rolling_back' || now - at <= LATELY_MS);
    // What came into force since is another matter.
    const overtaken =
      phase.at !== 'rolling_back' &&
      (each.sequence ?? Number.POSITIVE_INFINITY) < (inForce?.sequence ?? Number.NEGATIVE_INFINITY);
    return recent && !overtaken ? [{ ...namedOf(each), leftAt: at, because: phase.reason }] : [];
  });
  return {
    service,
    underWay: underWay === undefined ? null : namedOf(underWay),
    inForce: inForce === undefined ? null : namedOf(inForce),
    lately: lately.toSorted((a, b) => b.leftAt - a.leftAt),
  };
}

/**
 * What an undo leaves that names nothing: what is on its way, else what goes back already, which is no second
 * order; else the release in force. With `to` it leaves what is in force too. Programs name it: two orders a
 * moment apart may see different things here.
 */
export function leavesOf({ underWay, inForce, lately }: Standing, to: boolean): readonly string[] {
  if (to) return [underWay, inForce].flatMap((each) => each?.rollout ?? []);
  const goingBack = lately.find(({ phase }) => phase === 'rolling_back');
  const [first] = [underWay, goingBack, inForce].flatMap((each) => each?.rollout ?? []);
  return first === undefined ? [] : [first];
}

function namedOf({ id, sequence, state, backTo }: Known): Named {
  return {
    rollout: id,
    release: sequence,
    hash: state.hash,
    phase: state.phase.at,
    leadsTo: backTo ?? state.undoTo,
  };
}
