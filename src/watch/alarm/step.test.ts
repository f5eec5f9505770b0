import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Detection } from '../detect/reading.ts';
import type { Written } from '../journal/entry.ts';
import { entryOf } from './journalled.ts';
import { restoring } from './restored.ts';
import { type AlarmEvent, type AlarmPolicy, type AlarmState, type Effect, noAlarms, step } from './step.ts';

const policy: AlarmPolicy = {
  clearAfterMs: 30_000,
  mostOpen: 3,
  chain: {
    page: [
      { afterMs: 0, channels: ['duty'] },
      { afterMs: 300_000, channels: ['lead', 'duty'] },
    ],
    ticket: [{ afterMs: 0, channels: ['tracker'] }],
    note: [],
  },
};

function detection(rest: Partial<Detection> = {}): Detection {
  return {
    detector: 'cusum',
    symptom: 'requests fail',
    severity: 'page',
    series: { service: 'api', release: 'shop-4' },
    onset: 900,
    at: 1_000,
    score: 1,
    evidence: '12 of 50 requests failed',
    ...rest,
  };
}

/** Steps through events at their times; what came of it, in words: `raised page → duty`. */
function run(events: readonly (readonly [at: number, event: AlarmEvent | Detection[]])[], from = noAlarms) {
  let state: AlarmState = from;
  const effects: Effect[] = [];
  for (const [at, event] of events) {
    const next = step(
      state,
      Array.isArray(event) ? { type: 'detected', detections: event } : event,
      at,
      policy,
    );
    state = next.state;
    effects.push(...next.effects);
  }
  const words = effects.map(({ what, alarm, channels }) =>
    `${what} ${alarm.severity} → ${channels.join(' ')}`.trim(),
  );
  return { state, effects, words };
}

const tick: AlarmEvent = { type: 'tick' };
const idAt = (at: number) => `a-${at.toString(36)}`;

test('R10: one alarm a symptom, however many speak of it; gone when it is quiet for long enough', () => {
  const spoken = [
    detection(),
    detection({ detector: 'burn', series: { service: 'api', product: 'b2c', release: 'shop-4' } }),
  ];
  const { words, state } = run([
    [1_000, spoken],
    [2_000, spoken],
    [31_000, tick],
    [32_000, tick],
  ]);
  assert.deepEqual(words, ['raised page → duty', 'resolved page → duty']);
  assert.equal(state.open.size, 0);
});

test('another release, another service and another symptom are alarms of their own', () => {
  const { state } = run([
    [
      1_000,
      [
        detection(),
        detection({ series: { service: 'api', release: 'shop-5' } }),
        detection({ series: { service: 'auth', release: 'shop-4' } }),
        detection({ symptom: 'is silent' }),
      ],
    ],
  ]);
  assert.equal(state.open.size, 3, 'the bound on what is open');
  assert.equal(state.dropped, 1, 'and what found no room is counted');
});

test('the chain goes on until somebody acknowledges; a snooze ends; a worse symptom is sent again', () => {
  const still = (at: number): [number, Detection[]] => [at, [detection()]];
  const id = idAt(1_000);
  const { words } = run([
    still(1_000),
    still(300_000),
    [300_500, tick],
    still(301_000),
    [301_001, tick],
    [301_002, { type: 'acknowledge', id, by: 'Amina' }],
    still(301_003),
    [301_004, { type: 'snooze', id, by: 'Amina', forMs: 10_000 }],
    still(311_000),
    [311_003, tick],
    [311_005, tick],
    [311_006, { type: 'resolve', id, by: 'Amina' }],
    [311_007, { type: 'acknowledge', id, by: 'Amina' }],
  ]);
  assert.deepEqual(words, [
    'raised page → duty',
    'escalated page → lead duty',
    'acknowledged page →',
    'snoozed page →',
    'woken page → duty',
    'resolved page → duty lead',
  ]);
});

test('a ticket that becomes a page is paged, though it was acknowledged', () => {
  const { words } = run([
    [1_000, [detection({ severity: 'ticket' })]],
    [1_100, { type: 'acknowledge', id: idAt(1_000), by: 'Brian' }],
    [1_200, [detection({ severity: 'page', score: 2 })]],
    [1_300, [detection({ severity: 'ticket' })]],
  ]);
  assert.deepEqual(words, ['raised ticket → tracker', 'acknowledged ticket →', 'worsened page → duty']);
});

test('what an earlier process had open goes on from its journal, and only what did not arrive is sent', () => {
  const wall = (at: number) => at;
  const before = run([
    [1_000, [detection()]],
    [1_500, [detection({ symptom: 'is silent' })]],
    [2_000, { type: 'snooze', id: idAt(1_500), by: 'Amina', forMs: 60_000 }],
    [301_500, [detection()]],
    [301_501, tick],
  ]);
  const entries = before.effects.map((effect) => entryOf(effect, wall));
  const restored = restoring((at) => at, 302_000);
  const written = (entry: object) => restored.seen(entry as Written);
  entries.forEach(written);
  const [first] = before.effects;
  written({
    kind: 'alert.delivered',
    subject: 'duty',
    at: 1_200,
    data: { notification: first?.notification ?? '' },
  });
  const kept = [...restored.state().open.values()];
  assert.deepEqual(
    kept.map(({ phase, severity, level, sentTo }) => ({ phase, severity, level, sentTo })),
    [{ phase: 'raised', severity: 'page', level: 2, sentTo: ['duty', 'lead'] }],
  );
  assert.deepEqual(
    restored.outstanding().map(({ entry, channels }) => [entry.kind, channels]),
    [
      ['alarm.raised', ['duty']],
      ['alarm.escalated', ['lead', 'duty']],
      ['alarm.resolved', ['duty']],
    ],
  );
  // The same symptom again is the same alarm: nobody is paged for it.
  assert.deepEqual(run([[302_001, [detection()]]], restored.state()).words, []);
});
