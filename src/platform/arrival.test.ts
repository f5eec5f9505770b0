import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrivalMs, startDelayMs } from './arrival.ts';

test('a process of a machine that has just come up waits its turn; one that starts alone does not', () => {
  assert.equal(
    startDelayMs(10_000, 5_000, () => 0.5),
    arrivalMs(10_000) / 2,
  );
  assert.equal(
    startDelayMs(10_000, 3_600_000, () => 0.5),
    0,
  );
});

test('the few processes of one machine do not notice', () => {
  assert.ok(arrivalMs(10) <= 10);
});
