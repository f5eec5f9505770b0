import { beginWave, logValue, multiply, newMixture } from '../mixture.ts';
import { logBet, nullChance, ODDS } from '../odds.ts';
import { exponential } from './random.ts';

/** Two arms of one traffic, bad at random; rates in 1/s, shares and bad rates from 0 to 1. */
export interface Trial {
  rps: number;
  share: number;
  /** Bad rate on the exposed instances; on the control it is `base`. */
  badRate: number;
  base?: number;
  /** Probes a second to each arm. */
  probes?: number;
  alpha?: number;
  r0?: number;
  /** Share of bad events that the null grants; `share` unless set. */
  granted?: number;
  horizonSeconds?: number;
}

export interface Crossing {
  seconds: number;
  /** Failures recorded on exposed live traffic up to the verdict. */
  harmed: number;
}

/** One metric and one wave: the bare e-process of the reference table, event by event. */
export function firstCrossing(trial: Trial, next: () => number): Crossing | undefined {
  const { rps, share, badRate, base = 0.002, probes = 0, alpha = 0.01, r0 = 1, horizonSeconds = 600 } = trial;
  const q = nullChance(trial.granted ?? share, r0);
  const sources = [
    { rate: rps * share * badRate, exposed: true, live: true, q },
    { rate: rps * (1 - share) * base, exposed: false, live: true, q },
    { rate: probes * badRate, exposed: true, live: false, q: 0.5 },
    { rate: probes * base, exposed: false, live: false, q: 0.5 },
  ];
  const total = sources.reduce((sum, { rate }) => sum + rate, 0);
  let mixture = beginWave(newMixture(ODDS.length));
  let seconds = 0;
  let harmed = 0;
  for (;;) {
    seconds += exponential(next, total);
    if (seconds > horizonSeconds) return undefined;
    let pick = next() * total;
    const source = sources.find(({ rate }) => {
      pick -= rate;
      return pick < 0;
    });
    if (source === undefined) continue;
    if (source.exposed && source.live) harmed++;
    const { exposed } = source;
    mixture = multiply(mixture, (point) =>
      logBet(ODDS[point] ?? 1, source.q, exposed ? 1 : 0, exposed ? 0 : 1),
    );
    if (logValue(mixture, 1) >= Math.log(1 / alpha)) return { seconds, harmed };
  }
}
