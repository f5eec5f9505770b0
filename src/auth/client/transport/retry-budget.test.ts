import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRetryBudget } from './retry-budget.ts';

test('when every call fails, extra attempts stay a fifth of the calls and three a second', () => {
  let now = 0;
  const budget = createRetryBudget(() => now);
  let extra = 0;
  for (let call = 0; call < 10_000; call += 1) {
    now += 10;
    budget.earn();
    while (budget.spend()) extra += 1;
  }
  const calls = 10_000 * 0.2;
  const seconds = 100 * 3;
  assert.ok(Math.abs(extra - (20 + calls + seconds)) <= 2, `${extra}`);
});

test('a quiet time stores no more than twenty', () => {
  let now = 0;
  const budget = createRetryBudget(() => now);
  now = 3_600_000;
  let extra = 0;
  while (budget.spend()) extra += 1;
  assert.equal(extra, 20);
});
