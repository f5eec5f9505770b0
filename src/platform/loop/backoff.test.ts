import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ceilingMs, createBackoff } from './backoff.ts';

test('a ceiling doubles with each failure, up to the most, however many there are', () => {
  const limits = { firstMs: 50, mostMs: 300 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 5_000].map((failures) => ceilingMs(limits, failures)),
    [50, 100, 200, 300, 300, 300],
  );
});

test('the first wait is drawn from all of its time, those after it from their upper half', () => {
  for (const [roll, waits] of [
    [0, [0, 100, 200, 250, 250]],
    [0.5, [50, 150, 300, 375, 375]],
  ] as const) {
    const backoff = createBackoff({ firstMs: 100, mostMs: 500 }, () => roll);
    assert.deepEqual(
      waits.map(() => backoff.nextMs()),
      waits,
    );
    backoff.reset();
    assert.equal(backoff.nextMs(), waits[0]);
  }
});
