import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultDeliverySettings, type RetryRules } from '../settings.ts';
import type { OutcomeKind } from '../types.ts';
import { type AttemptFacts, nextStep } from './retry.ts';

const now = Date.UTC(2026, 10, 23, 10, 0, 0);
const HOUR_MS = 3_600_000;
const failures: OutcomeKind[] = ['rejected', 'timeout', 'no_address', 'connection'];

function facts(
  kind: OutcomeKind,
  spentBefore = 0,
  retryAfter: string | null = null,
  ageMs = 0,
): AttemptFacts {
  return { outcome: { kind, retryAfter }, spentBefore, ageMs };
}

function schedule(rules: Partial<RetryRules>): RetryRules {
  return { ...defaultDeliverySettings, ...rules };
}

for (const kind of failures) {
  test(`by default ${kind} ends it: one attempt, as the vendor does`, () => {
    assert.deepEqual(nextStep(facts(kind), defaultDeliverySettings, now, 0), { state: 'exhausted' });
  });
}

test('a schedule is gone through wait by wait, then the callback is a dead letter', () => {
  const rules = schedule({ retryAfterSeconds: [5, 30] });
  const steps = [0, 1, 2].map((spentBefore) => nextStep(facts('rejected', spentBefore), rules, now, 0));
  assert.deepEqual(steps, [
    { state: 'pending', dueAt: now + 5_000, spent: true },
    { state: 'pending', dueAt: now + 30_000, spent: true },
    { state: 'exhausted' },
  ]);
});

test('delivered and refused are final under any schedule', () => {
  const rules = schedule({ retryAfterSeconds: [5, 30] });
  assert.deepEqual(nextStep(facts('delivered'), rules, now, 0), { state: 'delivered' });
  assert.deepEqual(nextStep(facts('refused'), rules, now, 0), { state: 'refused' });
});

for (const [jitter, random, waitMs] of [
  [0, 0.9, 10_000],
  [1, 0, 10_000],
  [1, 0.75, 2_500],
  [0.2, 0.5, 9_000],
] as const) {
  test(`a jitter of ${jitter} makes 10 s to ${waitMs} ms at chance ${random}`, () => {
    const rules = schedule({ retryAfterSeconds: [10], retryJitter: jitter });
    const step = nextStep(facts('timeout'), rules, now, random);
    assert.deepEqual(step, { state: 'pending', dueAt: now + waitMs, spent: true });
  });
}

for (const [header, waitMs] of [
  ['120', 120_000],
  ['1', 5_000],
  ['999999999', HOUR_MS],
  ['Mon, 23 Nov 2026 10:02:00 GMT', 120_000],
  ['Mon, 23 Nov 2020 10:02:00 GMT', 5_000],
  ['-5', 5_000],
  ['soon', 5_000],
  ['', 5_000],
] as const) {
  test(`Retry-After: ${header} after a wait of 5 s makes ${waitMs} ms`, () => {
    const rules = schedule({ retryAfterSeconds: [5], maxRetryAfterSeconds: 3_600 });
    const step = nextStep(facts('rejected', 0, header), rules, now, 0);
    assert.deepEqual(step, { state: 'pending', dueAt: now + waitMs, spent: true });
  });
}

test('Retry-After adds no attempt to the schedule', () => {
  assert.deepEqual(nextStep(facts('rejected', 0, '60'), defaultDeliverySettings, now, 0), {
    state: 'exhausted',
  });
});

test('silent name servers spend no attempt for an hour, then they do', () => {
  const within = nextStep(facts('no_answer', 0, null, HOUR_MS - 1), defaultDeliverySettings, now, 0);
  assert.deepEqual(within, { state: 'pending', dueAt: now + 30_000, spent: false });
  const over = nextStep(facts('no_answer', 0, null, HOUR_MS), defaultDeliverySettings, now, 0);
  assert.deepEqual(over, { state: 'exhausted' });
});
