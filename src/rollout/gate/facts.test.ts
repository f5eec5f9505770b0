import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HardFact, type Vitals, vitalFacts, type Watched } from './facts.ts';
import { defaultGatePolicy } from './gate.ts';

const well: Vitals = { stalledMs: 0, overdue: 0, overdueBudget: 5, failedProbesInARow: 0 };
const now = 100_000;
const watched = (vitals: Partial<Vitals> | undefined, silentForMs = 250): Watched => ({
  instance: 'api-1',
  heardAt: now - silentForMs,
  vitals: vitals === undefined ? undefined : { ...well, ...vitals },
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
  ['three failed probes', watched({ failedProbesInARow: 3 }), [watched({})], ['probes_failed']],
  ['… while control fails too', watched({ failedProbesInARow: 3 }), [watched({ failedProbesInARow: 3 })], []],
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
