import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HardFact } from './facts.ts';
import {
  defaultGatePolicy,
  type GateState,
  newGate,
  type Outcomes,
  observe,
  openWave,
  type Window,
} from './gate.ts';
import { missingOutcomes } from './health.ts';
import { judge, type Verdict, type WaveCriteria } from './verdict.ts';

const NONE: Outcomes = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };
const criteria: WaveCriteria = { excessBadRate: 0.05, missChance: 0.05, minMs: 2_000, deadlineMs: 60_000 };
const before = { exposed: { good: 600, bad: 1 }, control: { good: 11_400, bad: 23 } };
const crash: HardFact = { kind: 'crashed', instance: 'api-1' };

function window(exposed: Partial<Outcomes>, control: Partial<Outcomes>): Window {
  return {
    live: { exposed: { ...NONE, ...exposed }, control: { ...NONE, ...control } },
    probes: { exposed: NONE, control: NONE },
    liveShare: 0.05,
    probeShare: 0.5,
  };
}

function gateAfter(...windows: Window[]): GateState {
  return windows.reduce(
    (gate, each) => observe(gate, defaultGatePolicy, each),
    openWave(newGate(4), before, false),
  );
}

function verdict(
  gate: GateState,
  { facts = [], elapsedMs = 5_000, hasControl = true }: Partial<Options> = {},
): Verdict {
  return judge(gate, defaultGatePolicy, criteria, facts, { since: 0, hasControl }, elapsedMs);
}

interface Options {
  facts: HardFact[];
  elapsedMs: number;
  hasControl: boolean;
}

const clean = window({ good: 100 }, { good: 1_900 });
const harmful = window({ error: 8 }, { good: 60 });

test('R10: a wave without outcomes holds, and at its deadline is rolled back', () => {
  assert.equal(reason(verdict(gateAfter())), 'hold too_few_outcomes');
  assert.equal(reason(verdict(gateAfter(), { elapsedMs: 60_000 })), 'roll_back not_proved_in_time');
  const unknown = openWave(newGate(4), { exposed: { good: 0, bad: 0 }, control: { good: 0, bad: 0 } }, false);
  assert.equal(reason(verdict(unknown)), 'hold nothing_to_compare');
});

test('R3: a wave is promoted on evidence of health after its least time, not before either', () => {
  assert.equal(reason(verdict(gateAfter(window({ good: 40 }, { good: 760 })))), 'hold too_few_outcomes');
  assert.equal(reason(verdict(gateAfter(clean), { elapsedMs: 1_999 })), 'hold too_early');
  assert.equal(reason(verdict(gateAfter(clean))), 'promote');
  assert.equal(reason(verdict(gateAfter(clean), { elapsedMs: 60_000 })), 'promote');
});

test('R3: however little is known of the old rate, no wave opens on fewer good outcomes than the rule counts', () => {
  const hardlyKnown = openWave(
    newGate(2),
    { exposed: { good: 0, bad: 0 }, control: { good: 20, bad: 0 } },
    false,
  );
  const after = (good: number) => verdict(observe(hardlyKnown, defaultGatePolicy, window({ good }, {})));
  assert.ok((after(57).evidence.health?.value ?? 0) > 1 / criteria.missChance);
  assert.equal(reason(after(57)), 'hold too_few_outcomes');
  assert.equal(after(57).evidence.missing, 2);
  assert.equal(reason(after(59)), 'promote');
});

test('R10: a rate that no outcomes could tell from the old one opens no wave', () => {
  for (const excessBadRate of [0, 1, 1.5]) {
    const none = { ...criteria, excessBadRate };
    const judged = judge(
      gateAfter(clean),
      defaultGatePolicy,
      none,
      [],
      { since: 0, hasControl: true },
      30_000,
    );
    assert.equal(reason(judged), 'hold too_few_outcomes');
  }
});

test('roll back beats hold, and hold beats promote', () => {
  assert.equal(reason(verdict(gateAfter(clean), { facts: [crash] })), 'roll_back hard_fact');
  assert.equal(reason(verdict(gateAfter(harmful))), 'roll_back more_bad_than_control');
  assert.equal(
    reason(verdict(gateAfter(harmful, clean), { elapsedMs: 0 })),
    'roll_back more_bad_than_control',
  );
  assert.equal(
    reason(verdict(gateAfter(harmful), { facts: [crash], elapsedMs: 99_000 })),
    'roll_back hard_fact',
  );
});

test('once crossed, the threshold stays crossed', () => {
  const shared = window({}, { error: 500 });
  const gate = gateAfter(harmful, shared);
  const { evidence } = verdict(gate);
  assert.ok(evidence.harm < evidence.worstHarm);
  assert.equal(reason(verdict(gate)), 'roll_back more_bad_than_control');
});

test('trouble shared by both arms does not roll back', () => {
  assert.equal(
    reason(verdict(gateAfter(window({ error: 5 }, { error: 95 }), clean, clean, clean))),
    'promote',
  );
});

test('a wave that brings nothing back is evidence of harm although nothing failed', () => {
  const weights = { error: 0.2, deadline: 0.3, slow: 0.2, saturation: 0.1, shortage: 0.1, endings: 0.1 };
  const asked = { ...defaultGatePolicy, weights };
  const nothingBack = window({}, { good: 400 });
  const begun = openWave(newGate(4), before, false);
  assert.ok(observe(begun, asked, nothingBack).worst > Math.log(100));
  assert.ok(observe(begun, defaultGatePolicy, nothingBack).worst < 1e-9);
});

test('a balancer that favours the exposed instance does not make it look bad', () => {
  // Weights say 5 %, and it gets half: so it has half of the errors too.
  const favoured = window({ good: 190, error: 2 }, { good: 190, error: 2 });
  const even = { exposed: { good: 5_990, bad: 4 }, control: { good: 5_990, bad: 4 } };
  let gate = openWave(newGate(4), even, false);
  for (let beat = 0; beat < 40; beat++) gate = observe(gate, defaultGatePolicy, favoured);
  assert.ok(gate.worst < Math.log(100));
});

test('without a control the rate before the push is what counts', () => {
  const alone = openWave(newGate(2), { exposed: { good: 998, bad: 2 }, control: { good: 0, bad: 0 } }, true);
  const failing: Window = { ...window({ good: 10, error: 4 }, {}), liveShare: 1, probeShare: 1 };
  const gate = observe(alone, defaultGatePolicy, failing);
  assert.equal(reason(verdict(gate, { hasControl: false })), 'roll_back worse_than_before');
  assert.equal(
    reason(verdict(observe(alone, defaultGatePolicy, { ...window({ good: 100 }, {}), liveShare: 1 }))),
    'promote',
  );
});

test('a change that comes late, under the hold-back, is found by the e-CUSUM', () => {
  let gate = openWave(newGate(4), before, true);
  const late: Window = { ...window({ error: 40, good: 55 }, { good: 5 }), liveShare: 0.95 };
  const quiet: Window = { ...window({ good: 95 }, { good: 5, error: 1 }), liveShare: 0.95 };
  for (let beat = 0; beat < 20; beat++) gate = observe(gate, defaultGatePolicy, quiet);
  assert.notEqual(verdict(gate).kind, 'roll_back');
  for (let beat = 0; beat < 20; beat++) gate = observe(gate, defaultGatePolicy, late);
  assert.ok((verdict(gate).evidence.lateChange?.value ?? 0) > defaultGatePolicy.cusumAlarm);
});

test('the outcomes still missing are those of the table', () => {
  const table: [excess: number, miss: number, clean: number][] = [
    [0.1, 0.05, 29],
    [0.1, 0.01, 44],
    [0.05, 0.05, 59],
    [0.05, 0.01, 90],
    [0.02, 0.05, 149],
    [0.02, 0.01, 228],
    [0.01, 0.05, 299],
    [0.01, 0.01, 459],
    [0.001, 0.05, 2_995],
    [0.001, 0.01, 4_603],
  ];
  for (const [excessBadRate, missChance, clean] of table) {
    const missing = missingOutcomes({ good: 0, bad: 0 }, 1e-9, { excessBadRate, missChance });
    assert.equal(missing, clean, `δ ${excessBadRate}, β ${missChance}`);
  }
});

test('a hold says how much is missing and when it will have come', () => {
  const { evidence } = verdict(gateAfter(window({ good: 20 }, { good: 380 })));
  assert.ok(evidence.missing !== null && evidence.missing > 30 && evidence.missing < 50);
  assert.equal(evidence.etaMs, evidence.missing * 250);
});

test('the gate goes on from its JSON as if nothing had happened, and its verdict is JSON too', () => {
  const counts = fc.record({
    good: fc.nat(50),
    error: fc.nat(3),
    deadline: fc.nat(2),
    slow: fc.nat(2),
    saturation: fc.nat(1),
  });
  const windows = fc.array(
    fc.tuple(counts, counts).map(([exposed, control]) => window(exposed, control)),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(windows, windows, (first, second) => {
      const gate = gateAfter(...first);
      const restored: GateState = JSON.parse(JSON.stringify(gate));
      const [whole, resumed] = [gate, restored].map((start) =>
        second.reduce((state, each) => observe(state, defaultGatePolicy, each), start),
      );
      assert.deepEqual(resumed, whole);
      const judged = verdict(gate);
      assert.deepEqual(JSON.parse(JSON.stringify(judged)), judged);
    }),
  );
});

function reason(judged: Verdict): string {
  return judged.kind === 'promote' ? judged.kind : `${judged.kind} ${judged.reason}`;
}
