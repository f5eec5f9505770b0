import { type Endings, minusEndings, NO_ENDINGS, plusEndings } from '../../rollout/gate/endings.ts';
import { type Outcomes, tally } from '../../rollout/gate/gate.ts';
import { plus } from '../../rollout/gate/share.ts';
import type { Before } from '../../rollout/machine/state.ts';
import type { Counts, Report } from '../../rollout/protocol.ts';

/** How requests ended on one release, live ones and synthetic ones. */
export interface Ended {
  readonly live: Outcomes;
  readonly probes: Outcomes;
  /** What is nobody's failure here and is felt all the same. */
  readonly endings: Endings;
}

const NONE: Outcomes = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };
export const NOBODY: Ended = { live: NONE, probes: NONE, endings: NO_ENDINGS };

/** By release hash; `null`: what is built in. */
export type EndedByRelease = ReadonlyMap<string | null, Ended>;

/** Agents send totals, so that a lost report loses nothing; the machine wants what came since. */
export interface OutcomeLedger {
  /** What ended since the report before. The very first report of an instance is where counting begins. */
  add(report: Pick<Report, 'boot' | 'counts'>, now: number): EndedByRelease;
  /** Of the last two minutes: payments and probes a second. */
  rates(now: number): { rps: number; probesPerSecond: number };
  /**
   * Of the same time: how all of those ended that were served with this release, and for how long it was seen
   * with it.
   */
  tally(release: string | null, now: number): Before;
}

const SLOT_MS = 5_000;
const SLOTS = 24;

export function createOutcomeLedger(): OutcomeLedger {
  let totals: Map<string, Counts> | undefined;
  let heardAt: number | undefined;
  let slots: { at: number; ended: Map<string | null, Ended>; ms: Map<string | null, number> }[] = [];
  const within = (now: number) => slots.filter(({ at }) => at > Math.floor(now / SLOT_MS) - SLOTS);

  return {
    add({ boot, counts }, now) {
      const before = totals;
      totals = new Map(counts.map((each) => [`${boot} ${each.stretch}`, each]));
      const ended = new Map<string | null, Ended>();
      for (const [stretch, each] of totals) {
        const known = before === undefined ? each : (before.get(stretch) ?? NOBODY);
        const since = {
          live: minus(each.live, known.live),
          probes: minus(each.probes, known.probes),
          endings: minusEndings(each.endings ?? NO_ENDINGS, known.endings ?? NO_ENDINGS),
        };
        ended.set(each.hash, together(ended.get(each.hash), since));
      }
      const at = Math.floor(now / SLOT_MS);
      const last = slots.at(-1);
      const slot = last?.at === at ? last : { at, ended: new Map(), ms: new Map() };
      if (slot !== last) slots = [...slots.slice(1 - SLOTS), slot];
      for (const [hash, each] of ended) slot.ended.set(hash, together(slot.ended.get(hash), each));
      const [newest] = counts;
      if (newest !== undefined && heardAt !== undefined)
        slot.ms.set(newest.hash, (slot.ms.get(newest.hash) ?? 0) + now - heardAt);
      heardAt = now;
      return ended;
    },
    rates(now) {
      const recent = within(now);
      const [first] = recent;
      const window = first === undefined ? 0 : now - first.at * SLOT_MS;
      // A leader that leads again after another gets at once all that ended between its terms.
      const seen = recent.flatMap(({ ms }) => [...ms.values()]).reduce((sum, each) => sum + each, 0);
      const seconds = Math.max(1_000, window, seen) / 1_000;
      const { live, probes } = recent.flatMap(({ ended }) => [...ended.values()]).reduce(together, NOBODY);
      const [ofLive, ofProbes] = [tally(live), tally(probes)];
      return {
        rps: (ofLive.good + ofLive.bad) / seconds,
        probesPerSecond: (ofProbes.good + ofProbes.bad) / seconds,
      };
    },
    tally(release, now) {
      const recent = within(now);
      const { live, probes, endings } = recent
        .flatMap(({ ended }) => ended.get(release) ?? [])
        .reduce(together, NOBODY);
      const ms = recent.reduce((sum, slot) => sum + (slot.ms.get(release) ?? 0), 0);
      const all = { ...plus(tally(live), tally(probes)), ms };
      return Object.keys(endings).length === 0 ? all : { ...all, endings };
    },
  };
}

export function together(a: Ended | undefined, b: Ended): Ended {
  if (a === undefined) return b;
  return {
    live: both(a.live, b.live),
    probes: both(a.probes, b.probes),
    endings: plusEndings(a.endings, b.endings),
  };
}

function both(a: Outcomes, b: Outcomes): Outcomes {
  return {
    good: a.good + b.good,
    error: a.error + b.error,
    deadline: a.deadline + b.deadline,
    slow: a.slow + b.slow,
    saturation: a.saturation + b.saturation,
  };
}

/** A count that shrank is one that began again. */
function minus(a: Outcomes, b: Outcomes): Outcomes {
  return {
    good: Math.max(0, a.good - b.good),
    error: Math.max(0, a.error - b.error),
    deadline: Math.max(0, a.deadline - b.deadline),
    slow: Math.max(0, a.slow - b.slow),
    saturation: Math.max(0, a.saturation - b.saturation),
  };
}
