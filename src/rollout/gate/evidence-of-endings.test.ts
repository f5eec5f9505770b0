import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classOf, type Ended, type Endings } from './endings.ts';
import {
  type EndingsState,
  endingsOpenWave,
  logEndings,
  loudest,
  newEndings,
  observeEndings,
} from './evidence-of-endings.ts';
import { defaultGatePolicy, newGate, type Outcomes, observe, openWave } from './gate.ts';
import type { Arms } from './share.ts';
import { gamma, poisson, random } from './testdata/random.ts';
import { judge, otherwiseText } from './verdict.ts';

const WAVES = 4;
/** What the whole gate asks of the endings alone: their part of E. */
const CROSSED = Math.log(1 / (defaultGatePolicy.falseAlarm * defaultGatePolicy.weights.endings));
const BEAT_S = 0.25;

type Rates = Readonly<Record<string, number>>;

/** Of `rate` things of a class a second over `seconds`: how many ended in each kind. */
function endings(next: () => number, of: string, rate: number, seconds: number, kinds: Rates): Endings {
  const counts: Record<string, number> = {};
  let all = poisson(next, rate * seconds * (1 - Object.values(kinds).reduce((a, b) => a + b, 0)));
  for (const [kind, part] of Object.entries(kinds)) {
    const count = poisson(next, rate * seconds * part);
    all += count;
    if (count > 0) counts[`${of}/${kind}`] = count;
  }
  return all === 0 ? {} : { [of]: all, ...counts };
}

/** Of `count` instances. */
function by(count: number, endings: Endings): Ended {
  return { endings, members: Object.fromEntries(Object.keys(endings).map((name) => [classOf(name), count])) };
}

interface Trial {
  of: string;
  exposed: { rate: number; kinds: Rates };
  control: { rate: number; kinds: Rates };
  /** Left out: those of control, or of the exposed where there is no control. */
  before?: Rates;
  /** What ended before the push, where it is not drawn. */
  seen?: Arms<Endings>;
  seconds: number;
}

/** Seconds until the endings alone undo it; `undefined`: they do not. */
function crossing(next: () => number, trial: Trial): number | undefined {
  const { of, exposed, control, seconds } = trial;
  const usual = trial.before ?? (control.rate > 0 ? control.kinds : exposed.kinds);
  const seen = trial.seen ?? {
    exposed: endings(next, of, exposed.rate, 120, usual),
    control: endings(next, of, control.rate, 120, usual),
  };
  let state = endingsOpenWave(newEndings(), seen);
  for (let at = BEAT_S; at <= seconds; at += BEAT_S) {
    state = observeEndings(state, {
      exposed: by(
        Math.max(1, Math.round(exposed.rate / Math.max(1, control.rate))),
        endings(next, of, exposed.rate, BEAT_S, exposed.kinds),
      ),
      control: by(
        Math.max(1, Math.round(control.rate / exposed.rate)),
        endings(next, of, control.rate, BEAT_S, control.kinds),
      ),
    });
    if (logEndings(state, WAVES) >= CROSSED) return at;
  }
  return undefined;
}

const noise: Rates = { invalid_field: 0.02, unknown_transaction: 0.05, wrong_credentials: 0.01 };
const subscribers: Rates = { 1: 0.04, 1032: 0.08, 1037: 0.06, 2001: 0.02 };

test('R19: nothing wrong: at most α of the rollouts are undone by how things end, compared or against before', () => {
  const next = random(29);
  const runs = 80;
  for (const [of, kinds, rates] of [
    ['request', noise, [5, 45]],
    ['request', noise, [12, 12]],
    ['request', { quota: 0.3 }, [10, 10]],
    ['result', subscribers, [20, 0]],
    ['result', subscribers, [2, 0]],
    ['callback', { rejected: 0.1 }, [10, 0]],
  ] as const) {
    const undone = Array.from({ length: runs }, () => {
      // From one quarter of an hour to the next, nobody's rates are quite the same.
      const drift = 0.9 + 0.2 * next();
      const now = Object.fromEntries(Object.entries(kinds).map(([kind, part]) => [kind, part * drift]));
      return crossing(next, {
        of,
        exposed: { rate: rates[0], kinds: now },
        control: { rate: rates[1], kinds: now },
        before: kinds,
        seconds: 120,
      });
    }).filter((each) => each !== undefined).length;
    assert.ok(undone <= Math.ceil(runs * 0.01) + 1, `${of} ${rates}: ${undone} of ${runs}`);
  }
});

test('R19: instances that always refused more are not accused of it', () => {
  const next = random(31);
  let undone = 0;
  for (let run = 0; run < 100; run++) {
    const own = { invalid_field: Math.min(0.5, 0.03 * gamma(next, 1)) };
    const others = { invalid_field: 0.03 };
    let state = endingsOpenWave(newEndings(), {
      exposed: endings(next, 'request', 5, 120, own),
      control: endings(next, 'request', 45, 120, others),
    });
    for (let at = 0; at < 120; at += BEAT_S) {
      state = observeEndings(state, {
        exposed: by(1, endings(next, 'request', 5, BEAT_S, own)),
        control: by(9, endings(next, 'request', 45, BEAT_S, others)),
      });
    }
    if (logEndings(state, WAVES) >= CROSSED) undone += 1;
  }
  assert.ok(undone <= 3, `${undone} of 100`);
});

const harmful: [what: string, trial: Trial, within: number][] = [
  [
    'every push of one of two instances is refused',
    {
      of: 'request',
      exposed: { rate: 6, kinds: { invalid_field: 0.6 } },
      control: { rate: 6, kinds: noise },
      seconds: 60,
    },
    30,
  ],
  [
    'a quarter of the requests of one of ten is refused',
    {
      of: 'request',
      exposed: { rate: 5, kinds: { invalid_field: 0.25 } },
      control: { rate: 45, kinds: noise },
      seconds: 180,
    },
    100,
  ],
  [
    'a tariff that most cannot pay, on the one worker',
    {
      of: 'result',
      exposed: { rate: 8, kinds: { 1: 0.58 } },
      control: { rate: 0, kinds: {} },
      before: subscribers,
      seconds: 60,
    },
    8,
  ],
  [
    'callbacks that may go nowhere, on the one worker',
    {
      of: 'callback',
      exposed: { rate: 2, kinds: { refused: 1 } },
      control: { rate: 0, kinds: {} },
      before: {},
      seconds: 60,
    },
    8,
  ],
];
for (const [what, trial, within] of harmful) {
  test(`R19: ${what}: seen within ${within} s, nine times of ten`, () => {
    const next = random(37);
    const seen = Array.from({ length: 50 }, () => crossing(next, trial) ?? Number.POSITIVE_INFINITY);
    seen.sort((a, b) => a - b);
    assert.ok((seen[44] ?? 0) <= within, `${seen[24]} s, ${seen[44]} s`);
  });
}

/** Two of three instances, 10 requests/s to each, that had by chance nearly all that was refused before. */
const unlucky = {
  of: 'request',
  seen: {
    exposed: { request: 400, 'request/invalid_field': 18 },
    control: { request: 200, 'request/invalid_field': 3 },
  },
} as const;
const two = (part: number) => ({ rate: 20, kinds: { invalid_field: part } });
const one = (part: number) => ({ rate: 10, kinds: { invalid_field: part } });

test('R19: a release that refuses a third is seen, although those exposed had nearly all the refusals before', () => {
  const next = random(41);
  const trial = { ...unlucky, exposed: two(0.35), control: one(0.03), seconds: 60 };
  const seen = Array.from({ length: 50 }, () => crossing(next, trial) ?? Number.POSITIVE_INFINITY);
  seen.sort((a, b) => a - b);
  assert.ok((seen[44] ?? 0) <= 20, `${seen[24]} s, ${seen[44]} s`);
});

test('R19: neither trouble that all share nor the host that was the sick one is taken for the release', () => {
  const next = random(43);
  const undone = (trial: Trial) =>
    Array.from({ length: 100 }, () => crossing(next, trial)).filter((each) => each !== undefined).length;
  const shared = undone({ ...unlucky, exposed: two(0.3), control: one(0.3), seconds: 60 });
  assert.ok(shared <= 3, `${shared} of 100 in shared trouble`);
  for (const part of [0.1, 0.3, 0.6]) {
    const before = {
      exposed: { request: 400, 'request/invalid_field': 400 * part },
      control: { request: 200, 'request/invalid_field': 2 },
    };
    const sick = undone({ of: 'request', seen: before, exposed: two(part), control: one(0.01), seconds: 60 });
    assert.ok(sick <= 3, `${sick} of 100 where ${part} was refused before too`);
  }
});

test('R10: without a time before and without control, endings say nothing', () => {
  let state: EndingsState = endingsOpenWave(newEndings(), { exposed: {}, control: {} });
  for (let beat = 0; beat < 400; beat++)
    state = observeEndings(state, { exposed: by(1, { result: 5, 'result/1': 5 }), control: by(0, {}) });
  assert.ok(Math.abs(logEndings(state, WAVES)) < 1e-9);
});

const NONE: Outcomes = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };
const criteria = { excessBadRate: 0.05, missChance: 0.05, minMs: 2_000, deadlineMs: 120_000 };

function judged(windows: readonly Arms<Endings>[], elapsedMs: number) {
  const before = { exposed: { good: 600, bad: 0 }, control: { good: 600, bad: 0 } };
  const usual = { request: 600, 'request/invalid_field': 3 };
  let gate = openWave(newGate(WAVES), before, false, { exposed: usual, control: usual });
  for (const endings of windows) {
    gate = observe(gate, defaultGatePolicy, {
      live: { exposed: { ...NONE, good: 20 }, control: { ...NONE, good: 20 } },
      probes: { exposed: NONE, control: NONE },
      liveShare: 0.5,
      probeShare: 0.5,
      endings: { exposed: by(1, endings.exposed), control: by(1, endings.control) },
    });
  }
  return judge(gate, defaultGatePolicy, criteria, [], { since: 0, hasControl: true }, elapsedMs);
}
const refusing = (refused: number): Arms<Endings> => ({
  exposed: { request: refused, 'request/invalid_field': refused },
  control: { request: 8 },
});

test('R19: what looks like refusals by the release holds the wave, and what shows it rolls back, named', () => {
  const quiet = { exposed: { request: 8 }, control: { request: 8 } };
  assert.equal(judged([quiet, quiet, quiet, quiet], 5_000).kind, 'promote');
  const doubted = judged([quiet, quiet, quiet, refusing(6)], 5_000);
  assert.deepEqual([doubted.kind, 'reason' in doubted && doubted.reason], ['hold', 'ending_otherwise']);
  assert.equal(judged([quiet, quiet, quiet, refusing(6)], 40_000).kind, 'promote', 'doubt has an end');
  const seen = judged([quiet, quiet, ...Array.from({ length: 4 }, () => refusing(8))], 5_000);
  assert.deepEqual([seen.kind, 'reason' in seen && seen.reason], ['roll_back', 'ends_otherwise']);
  const { endings } = seen.evidence;
  assert.ok(endings !== null);
  assert.equal(
    otherwiseText(endings),
    'request/invalid_field: 32 of 48 with it, 0 of 48 without, 6 of 1200 before',
  );
  assert.equal(loudest(newEndings()), undefined);
});
