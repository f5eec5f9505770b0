import type { Path } from '../../config/path.ts';
import { baseRate, missingOutcomes } from '../gate/health.ts';
import type { WaveCriteria } from '../gate/verdict.ts';
import type { RolloutPolicy } from '../machine/state.ts';
import { type Member, planWaves, type Traffic, type Wave, type WaveKind } from './waves.ts';

/** What a policy is held against: what there is to carry out what it asks for. */
export interface Ground {
  /** The instances that waves are made of; `[]`: none is heard. */
  readonly fleet: readonly Member[];
  /** What is measured or, where that is unknown, the least that there is: the probes alone. */
  readonly traffic: Traffic;
  /** How many people could approve a change at most, its author not counted. */
  readonly approvers: number;
  /** As many approvals the instances insist on themselves, as far as that is known. */
  readonly insisted: number;
}

/** Why no release at all could pass a policy. */
export interface Obstacle {
  /**
   * The setting, by the names that a service's configuration has for them
   * (`control/leader/rollout-settings.ts`).
   */
  readonly setting: Path;
  readonly reason: string;
  readonly advice: string;
}

/** Between the shortest stay and the deadline there must be time for a window of evidence. */
const ROOM_MS = 2_000;
/**
 * What is known of the time before a wave: of the traffic two minutes, of the probes as long as testing takes
 * at least.
 */
const BEFORE_S = 120;
const TESTING_S = 5;
const LONGEST_MS = 86_400_000;

const SETTINGS: Readonly<Record<WaveKind, string>> = {
  first: 'firstWave',
  middle: 'laterWaves',
  widest: 'bake',
  rest: 'laterWaves',
};

/**
 * Whether any release could pass, however good it is: with the best author, without one bad outcome, and with
 * as much traffic as there is. Empty: one could. Where no instance is heard, waves and evidence are not
 * judged; nothing can be submitted then.
 */
export function obstaclesOf(policy: RolloutPolicy, ground: Ground): Obstacle[] {
  const short = tooShort(policy);
  if (short.length > 0) return [...peopleMissing(policy, ground), ...short];
  return [...peopleMissing(policy, ground), ...inTheWavesWay(policy, ground)];
}

/** Times that contradict each other, whatever there is. */
export function tooShort({
  waves,
  testMs,
  takeMs,
}: Pick<RolloutPolicy, 'waves' | 'testMs' | 'takeMs'>): Obstacle[] {
  const { first, middle, bake } = waves;
  const deadlines = Object.entries({ firstWave: first, laterWaves: middle, bake }).flatMap(
    ([wave, { minMs, deadlineMs, factsOnly }]): Obstacle[] =>
      factsOnly || minMs + ROOM_MS <= deadlineMs
        ? []
        : [
            {
              setting: [wave, 'deadlineMs'],
              reason: `is not ${ROOM_MS} ms above minMs (${minMs}): no change would ever pass`,
              advice: 'raise it, or lower minMs',
            },
          ],
  );
  if (testMs >= takeMs) return deadlines;
  const reason = `is below takeMs (${takeMs}), which testing needs before its payments`;
  return [...deadlines, { setting: ['testMs'], reason, advice: 'raise it' }];
}

function peopleMissing({ people }: RolloutPolicy, { approvers, insisted }: Ground): Obstacle[] {
  const setting = ['approvals'];
  if (people > approvers) {
    const reason = `is more than the ${approvers} who could approve a change, its author not counted: none would ever be approved`;
    return [{ setting, reason, advice: `ask for ${approvers} at most, or add approvers first` }];
  }
  if (people >= insisted) return [];
  const reason = `is less than the ${insisted} that the instances insist on: they would refuse every change`;
  return [{ setting, reason, advice: `ask for ${insisted} at least` }];
}

function inTheWavesWay(policy: RolloutPolicy, { fleet, traffic }: Ground): Obstacle[] {
  if (fleet.length === 0) return [];
  const plan = planWaves(fleet, policy.waves, policy.gate, traffic);
  if (!plan.ok) {
    const { reason, advice, cap = 'laterWaves' } = plan;
    const seen = `at ${rounded(traffic.rps)} payments a second to ${fleet.length} instances`;
    return [{ setting: [cap, 'maxFailed'], reason: `stops every change: ${reason}, ${seen}`, advice }];
  }
  const found = plan.waves.flatMap((wave, index) => {
    const before = plan.waves.slice(0, index).flatMap(({ instances }) => instances).length;
    return withoutEvidence(wave, before, fleet.length, traffic);
  });
  // One wave of a setting speaks for the others of it.
  return found.filter(
    ({ setting }, index) => found.findIndex((each) => each.setting[0] === setting[0]) === index,
  );
}

/** `before`: how many instances have the release before this wave. */
function withoutEvidence(
  { kind, instances, criteria }: Wave,
  before: number,
  size: number,
  { rps, probes }: Traffic,
): Obstacle[] {
  if (criteria.factsOnly) return [];
  const exposed = kind === 'rest' ? instances.length : before + instances.length;
  const perSecond = rps / size + probes;
  const known = rps * BEFORE_S + probes * size * TESTING_S;
  const good = (ms: number, count: number) => Math.floor((perSecond * count * ms) / 1_000);
  const missing = (ms: number) => {
    const p0 = baseRate({ good: good(ms, size - exposed) + Math.floor(known), bad: 0 });
    return p0 === undefined ? undefined : missingOutcomes({ good: good(ms, exposed), bad: 0 }, p0, criteria);
  };
  const lacking = missing(criteria.deadlineMs);
  if (lacking === 0) return [];
  return [
    {
      setting: [SETTINGS[kind], 'deadlineMs'],
      reason: `passes before there is evidence: ${reasonOf(criteria, lacking, good(criteria.deadlineMs, exposed))}, at ${rounded(perSecond)} outcomes a second of each instance`,
      advice: adviceFor((ms) => missing(ms) === 0),
    },
  ];
}

function reasonOf({ excessBadRate }: WaveCriteria, lacking: number | undefined, good: number): string {
  if (lacking === undefined) return 'there is too little to compare with';
  const wanted = Number.isFinite(lacking) ? good + lacking : 'more than any number of';
  return `an excessBadRate of ${excessBadRate} takes ${wanted} good outcomes, and ${good} come`;
}

function adviceFor(isEnough: (ms: number) => boolean): string {
  if (!isEnough(LONGEST_MS)) return 'raise excessBadRate';
  let [low, high] = [0, LONGEST_MS / 1_000];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle * 1_000)) high = middle;
    else low = middle;
  }
  return `raise it to ${high * 1_000} or more, or raise excessBadRate`;
}

function rounded(rate: number): string {
  return String(Math.round(rate * 10) / 10);
}
