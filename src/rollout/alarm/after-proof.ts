import type { FactLimits } from '../gate/facts.ts';
import type { Before, Report } from '../machine/state.ts';
import type { Alarm, Cleared, InForce } from './alarm.ts';
import { type Boots, bootsOf, eventsAfter, type HeardInstance, type PastEvent, type Said } from './events.ts';
import {
  limitsBy,
  type Moment,
  RECENT_MS,
  type Risen,
  recently,
  signsOfRise,
  windowsAfter,
} from './evidence.ts';
import { heldAfter, type Sign, signsOfFacts } from './signs.ts';

/**
 * Judges the release in force after its proof, for as long as it is in force. Nothing is undone for what is
 * found: it is an alarm, for people, with the undo in it. There is no control arm any more, so:
 *
 * | what                                                    | against                                  | for how long          |
 * | ------------------------------------------------------- | ---------------------------------------- | --------------------- |
 * | facts: silence, stalls, overdue requests, failed probes | limits, for a moment (`signs.ts`)        | while it is in force  |
 * | crashes, boots that failed, values that do not work     | their number, or whether it goes on      | while it is in force  |
 * | requests that fail                                      | the two minutes before the rollout       | an hour               |
 * |                                                         | 5 in 100, or that time where it was more | while it is in force  |
 * | requests, results and callbacks that end otherwise      | the two minutes before the rollout       | an hour               |
 *
 * An alarm stands while its cause is seen, and is cleared when that has not been seen for `CLEAR_MS`, or when
 * another release is in force. Unknown is not good: while nothing is counted, what fails is not gone. Pure,
 * total; plain JSON for the next leader.
 */
export interface AfterProof {
  readonly kind: typeof AFTER_PROOF;
  readonly of: InForce;
  /** Since when it is judged; ms since the epoch, like all times here. */
  readonly since: number;
  /**
   * Until then it is compared with the time before; `null`: its proof was not seen, or nothing is known of
   * that time.
   */
  readonly comparedUntil: number | null;
  readonly before: Before;
  /** The most that each rate may be by that time. */
  readonly limits: Readonly<Record<string, number>>;
  /** What ended of late, in windows of a second, newest last. */
  readonly windows: readonly Moment[];
  readonly risen: Risen;
  /** Since when each fact is seen, by what it is and where. */
  readonly held: Readonly<Record<string, number>>;
  readonly events: readonly PastEvent[];
  readonly boots: Boots;
  readonly alarms: readonly Alarm[];
  /** Why nothing can be said at the moment; `null`: something can. */
  readonly unknown: string | null;
}

export interface Heard {
  /** Those of production. */
  readonly instances: readonly HeardInstance[];
  readonly reports: readonly Report[];
  readonly said: readonly Said[];
  readonly limits: FactLimits;
  /** Silence of so long is a failure. */
  readonly silentMs: number;
  /** Since when this process listens: before it, silence says nothing. */
  readonly listensSince: number;
  readonly now: number;
}

export interface Judged {
  readonly state: AfterProof;
  readonly raised: readonly Alarm[];
  readonly cleared: readonly Cleared[];
}

export const AFTER_PROOF = 'imara.after-proof/1';
export const COMPARED_MS = 3_600_000;
export const CLEAR_MS = 30_000;
const MOST_NAMED = 8;

/**
 * `proof`: asked for when it has just come into force: whether its proof was seen, and what was counted
 * before its rollout.
 */
export function judgeAfterProof(
  known: AfterProof | undefined,
  of: InForce,
  heard: Heard,
  proof: () => { seen: boolean; before: Before },
): Judged {
  const goesOn = known?.of.rollout === of.rollout && known.of.hash === of.hash;
  const before = goesOn ? known : begin(of, known?.boots ?? {}, proof(), heard.now);
  const left = goesOn || known === undefined ? [] : known.alarms;
  const judged = judge(before, heard);
  const gone = left.map((alarm) => ({ ...alarm, because: 'the release is in force no more' }));
  return { ...judged, cleared: [...gone, ...judged.cleared] };
}

function begin(
  of: InForce,
  boots: Boots,
  { seen, before }: { seen: boolean; before: Before },
  now: number,
): AfterProof {
  return {
    kind: AFTER_PROOF,
    of,
    since: now,
    comparedUntil: seen ? now + COMPARED_MS : null,
    before,
    limits: limitsBy(before),
    windows: [],
    risen: {},
    held: {},
    events: [],
    boots,
    alarms: [],
    unknown: null,
  };
}

function judge(known: AfterProof, heard: Heard): Judged {
  const { hash } = known.of;
  const { now } = heard;
  const closing = windowsAfter(
    known.windows,
    heard.reports.filter((report) => report.hash === hash),
    now,
  );
  const { windows } = closing;
  const boots = bootsOf(known.boots, heard.instances);
  const events = eventsAfter(known, heard, recently(windows, now).probes);
  const held = heldAfter(known.held, hash, heard);
  const standing = new Set(known.alarms.map(({ kind }) => kind));
  const compared = known.comparedUntil !== null && now < known.comparedUntil;
  const rise = signsOfRise({ ...known, windows }, closing.closed, {
    compared,
    standing,
    served: heard.instances.some(({ running, down }) => running === hash && !down),
    now,
  });
  const signs = [...signsOfFacts({ held, events, hash }, heard, standing), ...rise.signs];
  const { alarms, raised, cleared } = alarmsAfter(known.alarms, signs, now);
  const unknown = unknownIn(hash, heard, windows);
  const state = { ...known, windows, risen: rise.risen, held, events, boots, alarms, unknown };
  return { state, raised, cleared };
}

function alarmsAfter(
  known: readonly Alarm[],
  signs: readonly Sign[],
  now: number,
): { alarms: readonly Alarm[]; raised: readonly Alarm[]; cleared: readonly Cleared[] } {
  const seen = new Map(signs.map((sign) => [sign.kind, sign]));
  const raised = signs
    .filter(({ kind }) => known.every((each) => each.kind !== kind))
    .map((sign): Alarm => ({ ...named(sign), since: now, seenAt: now }));
  const kept = known.map((alarm): Alarm => {
    const sign = seen.get(alarm.kind);
    return sign === undefined ? alarm : { ...alarm, ...named(sign), seenAt: now };
  });
  const isGone = ({ seenAt }: Alarm) => now - seenAt >= CLEAR_MS;
  const cleared = kept
    .filter(isGone)
    .map((alarm) => ({ ...alarm, because: `not seen for ${CLEAR_MS / 1_000} s` }));
  return { alarms: [...kept.filter((alarm) => !isGone(alarm)), ...raised], raised, cleared };
}

function named({ kind, what, instances }: Sign): Pick<Alarm, 'kind' | 'what' | 'instances'> {
  return { kind, what, instances: instances.slice(0, MOST_NAMED) };
}

/** R10: what is not known is said to be unknown. */
function unknownIn(
  hash: string | null,
  { instances, silentMs, now }: Heard,
  windows: readonly Moment[],
): string | null {
  const serving = instances.filter(
    ({ running, down, heardAt }) => running === hash && !down && now - heardAt <= silentMs,
  );
  if (serving.length === 0) return 'no instance of production that serves with it is heard';
  const { live, probes } = recently(windows, now);
  const counted = live.good + live.bad + probes.good + probes.bad;
  return counted === 0 ? `no request or probe has ended in the last ${RECENT_MS / 1_000} s` : null;
}
