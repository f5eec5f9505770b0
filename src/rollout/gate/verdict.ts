import { tallyOf } from './endings.ts';
import { loudest } from './evidence-of-endings.ts';
import type { HardFact } from './facts.ts';
import { type GatePolicy, type GateState, logHarm, logPartOfEndings } from './gate.ts';
import { baseRate, type HealthCriteria, logHealth, missingOutcomes } from './health.ts';
import { type Arms, plus, type Tally } from './share.ts';

/** One answer for a wave. Any roll-back beats hold, hold beats promote; the default is "not proved". */
export type Verdict =
  | { kind: 'roll_back'; reason: RollBackReason; evidence: Evidence }
  /** `until`: when hold turns into a roll-back, ms since the epoch. */
  | { kind: 'hold'; reason: HoldReason; until: number; evidence: Evidence }
  | { kind: 'promote'; evidence: Evidence };

export type RollBackReason =
  | 'hard_fact'
  | 'more_bad_than_control'
  /**
   * More is refused, or payments end otherwise, or callbacks do not arrive: by nobody's failure of ours, and
   * by the release.
   */
  | 'ends_otherwise'
  | 'late_change'
  /** No control is left to compare with: the rate is worse than before the push. */
  | 'worse_than_before'
  /** Not proved in time is not good. */
  | 'not_proved_in_time';

/** `ending_otherwise`: it looks as if more were refused; a little longer will show it. */
export type HoldReason = 'nothing_to_compare' | 'too_few_outcomes' | 'too_early' | 'ending_otherwise';

/** The numbers behind a verdict, as a page shows them. */
export interface Evidence {
  facts: readonly HardFact[];
  /** E now and at its highest, and the 1/α at which it rolls back. */
  harm: number;
  worstHarm: number;
  harmThreshold: number;
  /** M of the e-CUSUM and its threshold A; `null` before the widest wave. */
  lateChange: { value: number; threshold: number } | null;
  /**
   * The ending that speaks loudest against the release: how many of its class ended so (`bad`) and otherwise.
   */
  endings: Otherwise | null;
  exposed: Tally;
  control: Tally;
  /** p0, the upper limit of the old release's bad rate; `null` while too little is known. */
  baseRate: number | null;
  /** Λ and the 1/β at which it promotes; `null` without p0. */
  health: { value: number; threshold: number } | null;
  /**
   * Good outcomes still missing, and when they will have come at the present rate, in ms; `null`: not
   * known.
   */
  missing: number | null;
  etaMs: number | null;
  elapsedMs: number;
  minMs: number;
}

export interface Otherwise extends Arms<Tally> {
  /** `request/invalid_field`, `result/1`, `callback/refused`; a class alone: all its kinds. */
  name: string;
  /** Before the push, of all. */
  before: Tally;
  /** E of this ending in this wave alone. */
  value: number;
}

/** What a wave must show, and by when. */
export interface WaveCriteria extends HealthCriteria {
  /** T_min: longer than the longest delayed effect known for this kind of configuration. */
  readonly minMs: number;
  readonly deadlineMs: number;
  /** Statistics neither undo it nor are waited for: facts and time decide alone. */
  readonly factsOnly?: true;
}

export function judge(
  state: GateState,
  policy: GatePolicy,
  criteria: WaveCriteria,
  facts: readonly HardFact[],
  wave: { since: number; hasControl: boolean },
  now: number,
): Verdict {
  const evidence = evidenceOf(state, policy, criteria, facts, now - wave.since);
  const rollBack = (reason: RollBackReason): Verdict => ({ kind: 'roll_back', reason, evidence });
  const hold = (reason: HoldReason): Verdict => ({
    kind: 'hold',
    reason,
    until: wave.since + criteria.deadlineMs,
    evidence,
  });

  if (facts.length > 0) return rollBack('hard_fact');
  if (criteria.factsOnly)
    return evidence.elapsedMs < criteria.minMs ? hold('too_early') : { kind: 'promote', evidence };
  if (state.worst >= Math.log(1 / policy.falseAlarm)) {
    const otherwise = logPartOfEndings(state, policy) > logHarm(state, policy) - Math.LN2;
    return rollBack(otherwise ? 'ends_otherwise' : 'more_bad_than_control');
  }
  if (state.cusum !== null && state.cusum >= Math.log(policy.cusumAlarm)) return rollBack('late_change');
  if (!wave.hasControl && evidence.health !== null && evidence.health.value <= policy.falseAlarm) {
    return rollBack('worse_than_before');
  }
  const holding = holdReason(evidence, criteria);
  if (holding === undefined) return { kind: 'promote', evidence };
  return now - wave.since >= criteria.deadlineMs ? rollBack('not_proved_in_time') : hold(holding);
}

/** E of one ending in one wave from which the next wave waits, and for how long at most. */
const DOUBT = 10;
const DOUBT_MS = 30_000;

function holdReason(evidence: Evidence, criteria: WaveCriteria): HoldReason | undefined {
  if (evidence.missing === null) return 'nothing_to_compare';
  if (evidence.missing > 0) return 'too_few_outcomes';
  if (evidence.elapsedMs < criteria.minMs) return 'too_early';
  // An accused ending is decided within seconds where it is the release's, and fades where it is not.
  const doubted = evidence.endings !== null && evidence.endings.value >= DOUBT;
  return doubted && evidence.elapsedMs < criteria.minMs + DOUBT_MS ? 'ending_otherwise' : undefined;
}

function evidenceOf(
  state: GateState,
  policy: GatePolicy,
  criteria: WaveCriteria,
  facts: readonly HardFact[],
  elapsedMs: number,
): Evidence {
  const { exposed, control } = state.outcomes;
  const p0 = baseRate(plus(control, plus(state.before.exposed, state.before.control)));
  const missing = p0 === undefined ? null : missingOutcomes(exposed, p0, criteria);
  return {
    facts,
    harm: finite(logHarm(state, policy)),
    worstHarm: finite(state.worst),
    harmThreshold: 1 / policy.falseAlarm,
    endings: otherwiseIn(state),
    lateChange: state.cusum === null ? null : { value: finite(state.cusum), threshold: policy.cusumAlarm },
    exposed,
    control,
    baseRate: p0 ?? null,
    health:
      p0 === undefined
        ? null
        : {
            value: finite(logHealth(exposed, p0, criteria.excessBadRate)),
            threshold: 1 / criteria.missChance,
          },
    missing,
    etaMs: missing === null ? null : etaMs(missing, exposed.good, elapsedMs),
    elapsedMs,
    minMs: criteria.minMs,
  };
}

function otherwiseIn({ endings: { before, here, ...rest } }: GateState): Otherwise | null {
  const found = loudest({ before, here, ...rest });
  if (found === undefined) return null;
  const { name, logValue } = found;
  return {
    name,
    value: finite(logValue),
    exposed: tallyOf(here.exposed, name),
    control: tallyOf(here.control, name),
    before: plus(tallyOf(before.exposed, name), tallyOf(before.control, name)),
  };
}

function etaMs(missing: number, good: number, elapsedMs: number): number | null {
  if (missing === 0) return 0;
  return good === 0 || elapsedMs <= 0 ? null : Math.ceil((missing * elapsedMs) / good);
}

/** e^x, kept inside what JSON can carry. */
function finite(log: number): number {
  return Math.min(Number.MAX_VALUE, Math.exp(log));
}

/** As people read it. */
export function otherwiseText({ name, exposed, control, before }: Otherwise): string {
  const of = ({ good, bad }: Tally) => `${bad} of ${good + bad}`;
  return `${name}: ${of(exposed)} with it, ${of(control)} without, ${of(before)} before`;
}
