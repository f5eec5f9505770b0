import type { GatePolicy } from '../gate/gate.ts';
import { logSum } from '../gate/mixture.ts';
import { logBet, nullChance, ODDS } from '../gate/odds.ts';

/** What a wave puts at risk. Shares from 0 to 1, rates in 1/s. */
export interface Exposure {
  /** Payments a second of the whole service. */
  readonly rps: number;
  /** Share of the traffic of the instances that this wave adds: if the change is wholly bad, it all fails. */
  readonly newShare: number;
  /** Share of all instances that will have the release in this wave. */
  readonly exposedShare: number;
  /** Probes a second to each arm. */
  readonly probes: number;
  /** A hang is counted when this has passed. */
  readonly deadlineMs: number;
  /** From the last piece of evidence to the last instance back. */
  readonly lagMs: number;
  /**
   * Payments that may wait on the new release at once (the agent's cap on a fresh value); Infinity without
   * one.
   */
  readonly maxWaiting: number;
  /** Waves of the whole plan. */
  readonly waves: number;
  /** δ; counts where no control is left. */
  readonly excessBadRate: number;
}

/** Failed live payments if everything the wave adds fails by hanging, the slowest way to be seen. */
export interface Harm {
  readonly expected: number;
  readonly p95: number;
}

/** Bad rate before the push, assumed where there is no control to compare with. */
const BASE_RATE = 0.01;
/** Beyond so many failures the price is not worth telling apart. */
const MOST_EVENTS = 2_000;

/**
 * The price of a wave, by layer 1 alone (hard facts come sooner): failures recorded up to the verdict,
 * exactly, plus what piles up before the first deadline and until everybody is back. A conservative figure:
 * only the process that begins with this wave is counted on, with the weight of deadlines.
 */
export function priceWave(exposure: Exposure, policy: GatePolicy): Harm {
  const { rps, newShare, deadlineMs, lagMs, maxWaiting } = exposure;
  const liveRate = rps * newShare;
  if (liveRate === 0) return { expected: 0, p95: 0 };
  const recorded = failuresToVerdict(exposure, policy);
  const waiting = Math.min((liveRate * deadlineMs) / 1000, maxWaiting);
  const unseen = waiting + (liveRate * lagMs) / 1000;
  const expected = recorded.reduce((sum, chance, count) => sum + chance * count, 0) + unseen;
  return { expected, p95: quantile95(recorded, unseen) };
}

/**
 * Chances that exactly 0, 1, 2 … live failures are recorded when the verdict falls; probes fail in between.
 */
function failuresToVerdict(exposure: Exposure, policy: GatePolicy): number[] {
  const liveRate = exposure.rps * exposure.newShare;
  const liveChance = liveRate / (liveRate + exposure.probes);
  const weight = policy.weights.deadline / exposure.waves;
  const threshold = Math.log((1 / policy.falseAlarm - 1 + weight) / weight);
  const q = nullChance(exposure.exposedShare, policy.tolerance);
  const probeQ = nullChance(0.5, policy.tolerance);
  const withoutControl = Math.log(1 / policy.falseAlarm) / Math.log1p(exposure.excessBadRate / BASE_RATE);
  const decided = (live: number, probes: number) => {
    if (exposure.exposedShare >= 1) return live + probes >= withoutControl;
    const bets = ODDS.map((odds) => logBet(odds, q, live, 0) + logBet(odds, probeQ, probes, 0));
    return logSum(bets) - Math.log(ODDS.length) >= threshold;
  };

  const chances: number[] = [];
  /** By live failures so far: the chance to be there, undecided, after `events` failures of both kinds. */
  let open = new Map([[0, 1]]);
  for (let events = 1; events <= MOST_EVENTS && open.size > 0; events++) {
    const next = new Map<number, number>();
    for (const [live, chance] of open) {
      for (const [count, part] of [
        [live + 1, chance * liveChance],
        [live, chance * (1 - liveChance)],
      ] as const) {
        if (part < 1e-9) continue;
        if (decided(count, events - count)) chances[count] = (chances[count] ?? 0) + part;
        else next.set(count, (next.get(count) ?? 0) + part);
      }
    }
    open = next;
  }
  for (const [live, chance] of open) chances[live] = (chances[live] ?? 0) + chance;
  return Array.from(chances, (chance) => chance ?? 0);
}

/** 95 % of the recorded failures plus a Poisson number of unseen ones lie at or below it. */
function quantile95(recorded: readonly number[], unseen: number): number {
  let low = -1;
  let high = recorded.length + Math.ceil(unseen + 10 * Math.sqrt(unseen) + 10);
  const atMost = poissonCdf(high, unseen);
  const shifted = (total: number) =>
    recorded.reduce((sum, chance, count) => sum + chance * (atMost[total - count] ?? 0), 0);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (shifted(middle) >= 0.95) high = middle;
    else low = middle;
  }
  return high;
}

/** The chances of at most 0, 1, 2 … `most`: a table, because a search asks for many of them. */
function poissonCdf(most: number, mean: number): number[] {
  let log = -mean;
  let sum = 0;
  return Array.from({ length: most + 1 }, (_, k) => {
    if (k > 0) log += Math.log(mean) - Math.log(k);
    sum += Math.exp(log);
    return Math.min(1, sum);
  });
}
