import type { Detection, Reading } from '../../src/watch/detect/reading.ts';
import { type DetectState, startDetect, step } from '../../src/watch/detect/step.ts';
import { arrivals, reading, seconds, seeded } from '../../src/watch/detect/testdata/traffic.ts';
import { type Bench, type Figure, median, quantile } from '../report.ts';

/**
 * The detectors of the watch on simulated traffic: how often they page for nothing, and how soon they see a
 * fault. A second of traffic is one tick; what a reading needs to arrive (up to a second) is not in it.
 */
export const falseAlarms: Bench = async ({ log, days }) => {
  const figures: Figure[] = [];
  for (const rate of RATES) {
    const { page, ticket, note, seconds: took } = quiet(rate, 0.8, days);
    log(`${days} days at ${rate}/s in ${took.toFixed(1)} s`);
    figures.push(
      {
        what: `false pages in ${days} days, ${rate} requests/s`,
        value: page,
        unit: '',
        reach: { at: 'most', value: 1 },
      },
      { what: `… tickets · ${rate} requests/s`, value: ticket, unit: '' },
      { what: `… notes · ${rate} requests/s`, value: note, unit: '' },
    );
  }
  for (const rate of RATES) {
    for (const fault of FAULTS) {
      const times = Array.from({ length: RUNS }, (_, run) => secondsToPage(rate, fault, run));
      const [p50, p95] = [median(times), quantile(times, 0.95)];
      const reach = rate === 50 ? fault.reachS : undefined;
      figures.push(
        { what: `${fault.name}, ${rate}/s: seconds to the page, median`, value: p50, unit: 's' },
        {
          what: '… p95',
          value: p95,
          unit: 's',
          ...(reach === undefined ? {} : { reach: { at: 'most', value: reach } }),
        },
      );
    }
    log(`faults at ${rate}/s, ${RUNS} runs each`);
  }
  return {
    bench: 'false-alarms',
    figures,
    notes: [
      '0.1 % of requests fail (median), with log-normal swings from minute to minute: sigma 0.8 of failures, 0.5 of traffic',
      `a fault begins after an hour of this; ${HORIZON_S} s: not within that time`,
    ],
  };
};

const RATES = [5, 50, 500];
const RUNS = 80;
const HORIZON_S = 600;
const start = 1_700_000_000_000;
const series = { service: 'api', product: 'stk-push', cell: 'a', release: '41' };
const usual = (sigma: number) => ({ failing: 0.001, swings: { rate: 0.5, failing: sigma } });

/** How many alarms of each severity begin in `days` without a fault. */
function quiet(rate: number, sigma: number, days: number) {
  const began = performance.now();
  const traffic = seconds({ rate, ...usual(sigma) }, seeded(rate));
  const counts = { page: 0, ticket: 0, note: 0 };
  let state = startDetect(start);
  let held = new Set<string>();
  for (let second = 0; second < days * 86_400; second += 1) {
    const { good, bad } = traffic.next().value ?? { good: 0, bad: 0 };
    const after = step(state, {
      at: state.clock.at + 1000,
      readings: [reading({ service: 'api' }, good, bad)],
    });
    state = after.state;
    if (after.detections.length === 0 && held.size === 0) continue;
    const holds = new Set(after.detections.map(({ symptom, severity }) => `${symptom} ${severity}`));
    for (const { symptom, severity } of after.detections) {
      if (!held.has(`${symptom} ${severity}`)) counts[severity] += 1;
    }
    held = holds;
  }
  return { ...counts, seconds: (performance.now() - began) / 1000 };
}

interface Fault {
  readonly name: string;
  /** At 50 requests a second, 95th percentile. */
  readonly reachS?: number;
  reading(rate: number, second: number, random: () => number): Reading;
}

const failing = (share: number): Fault['reading'] => {
  return (rate, _second, random) =>
    reading(series, arrivals(rate * (1 - share), random), arrivals(rate * share, random));
};

const FAULTS: readonly Fault[] = [
  { name: 'all requests fail', reachS: 2, reading: failing(1) },
  { name: '30 % fail', reading: failing(0.3) },
  { name: '10 % fail', reachS: 5, reading: failing(0.1) },
  { name: '5 % fail', reading: failing(0.05) },
  {
    name: 'all requests hang',
    reachS: 3,
    reading: (rate, second) =>
      reading(series, 0, 0, { inFlight: Math.ceil(rate * second), oldestMs: second * 1000 }),
  },
];

function secondsToPage(rate: number, fault: Fault, run: number): number {
  const random = seeded(run * 1000 + rate);
  let state: DetectState = afterAnHour(rate, run % 4);
  for (let second = 1; second <= HORIZON_S; second += 1) {
    const after = step(state, { at: state.clock.at + 1000, readings: [fault.reading(rate, second, random)] });
    state = after.state;
    if (after.detections.some(isPage)) return second;
  }
  return HORIZON_S;
}

const isPage = ({ severity }: Detection): boolean => severity === 'page';

const warmed = new Map<string, DetectState>();
function afterAnHour(rate: number, seed: number): DetectState {
  const key = `${rate} ${seed}`;
  const before = warmed.get(key);
  if (before !== undefined) return before;
  const traffic = seconds({ rate, ...usual(0.8) }, seeded(seed));
  let state = startDetect(start);
  for (let second = 0; second < 3600; second += 1) {
    const { good, bad } = traffic.next().value ?? { good: 0, bad: 0 };
    state = step(state, { at: state.clock.at + 1000, readings: [reading(series, good, bad)] }).state;
  }
  warmed.set(key, state);
  return state;
}
