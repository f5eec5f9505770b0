import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HardFact, probesAfter, type Vitals, vitalFacts, type Watched } from './facts.ts';
import { defaultGatePolicy } from './gate.ts';

const well: Vitals = { stalledMs: 0, overdue: 0, overdueBudget: 5, failedProbesInARow: 0 };
const now = 100_000;
const watched = (vitals: Partial<Vitals> | undefined, silentForMs = 250): Watched => ({
  instance: 'api-1',
  heardAt: now - silentForMs,
  vitals: vitals === undefined ? undefined : { ...well, ...vitals },
});

/** Its last probes have failed. */
const failing = (failedProbesInARow: number, forMs: number): Watched => ({
  ...watched({ failedProbesInARow }),
  probes: { since: now - forMs, at: now },
});
/** One probe failed some time ago, and all since have passed. */
const lastFailed = (agoMs: number): Watched => ({
  ...watched({}),
  probes: { since: null, at: now - agoMs },
});

const cases: [what: string, exposed: Watched, control: Watched[], facts: HardFact['kind'][]][] = [
  ['a healthy instance', watched({}), [watched({})], []],
  ['R10: silent for more than four beats', watched({}, 1_001), [watched({})], ['silent']],
  ['R10: silent since it got the release', watched(undefined, 1_001), [watched({})], ['silent']],
  ['just exposed, not heard yet', watched(undefined), [watched({})], []],
  ['event loop stalled over 1 s', watched({ stalledMs: 1_001 }), [watched({})], ['stalled']],
  ['overdue requests at the budget', watched({ overdue: 5 }), [watched({})], []],
  ['overdue requests over the budget', watched({ overdue: 6 }), [watched({})], ['overdue']],
  ['two failed probes', watched({ failedProbesInARow: 2 }), [watched({})], []],
  ['three failed probes', failing(3, 750), [watched({}), watched({}), watched({})], ['probes_failed']],
  ['… where one alone passed them', failing(8, 2_000), [watched({})], []],
  [
    'R10: … where two of three were not heard lately, or never',
    failing(8, 2_000),
    [watched({}), watched({}, 1_001), watched(undefined)],
    [],
  ],
  ['R10: … where nobody was heard lately', failing(20, 5_000), [watched({}, 1_001)], []],
  ['… nine, where one alone passed them', failing(9, 2_250), [watched({})], ['probes_failed']],
  ['… while control fails too', watched({ failedProbesInARow: 3 }), [watched({ failedProbesInARow: 3 })], []],
  ['… while one of control failed since they began', failing(3, 1_500), [watched({}), lastFailed(1_400)], []],
  ['… but too many for chance', failing(9, 4_500), [watched({}), lastFailed(1_400)], ['probes_failed']],
  [
    '… and control failed before they began',
    failing(5, 1_500),
    [watched({}), lastFailed(1_600)],
    ['probes_failed'],
  ],
  ['… with no control to tell', watched({ failedProbesInARow: 3 }), [], []],
  [
    'stalled and overdue at once',
    watched({ stalledMs: 2_000, overdue: 9 }),
    [watched({})],
    ['stalled', 'overdue'],
  ],
];

for (const [what, exposed, control, expected] of cases) {
  test(`hard facts: ${what}: ${expected.join(', ') || 'none'}`, () => {
    const facts = vitalFacts([exposed], control, defaultGatePolicy.facts, now);
    assert.deepEqual(
      facts.map(({ kind }) => kind),
      expected,
    );
  });
}

test('beats show since when probes fail in a row, and when one last did', () => {
  const beats = [0, 1, 2, 0, 0, 1].map((failedProbesInARow) => ({ ...well, failedProbesInARow }));
  let seen: ReturnType<typeof probesAfter>;
  const history = beats.map((vitals, beat) => {
    seen = probesAfter(seen, vitals, beat * 250);
    return seen;
  });
  assert.deepEqual(history, [
    undefined,
    { since: 250, at: 250 },
    { since: 250, at: 500 },
    { since: null, at: 500 },
    { since: null, at: 500 },
    { since: 1_250, at: 1_250 },
  ]);
});
