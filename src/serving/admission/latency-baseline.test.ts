import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLatencyBaseline } from './latency-baseline.ts';

function baseline() {
  const world = { changing: false };
  const { isSlow } = createLatencyBaseline({ changing: () => world.changing });
  return { world, isSlow };
}

test('slow is twice the 95th percentile from before the change, and the change cannot move it', () => {
  const { world, isSlow } = baseline();
  for (let ms = 1; ms <= 100; ms++) assert.equal(isSlow('stk', ms), false);
  world.changing = true;
  assert.equal(isSlow('stk', 190), false);
  assert.equal(isSlow('stk', 200), true);
  for (let many = 0; many < 1_000; many++) isSlow('stk', 5_000);
  assert.equal(isSlow('stk', 200), true);
  assert.equal(isSlow('stk', 190), false);
});

test('once it is over, the new latencies are what is usual', () => {
  const { world, isSlow } = baseline();
  for (let many = 0; many < 100; many++) isSlow('stk', 20);
  world.changing = true;
  assert.equal(isSlow('stk', 50), true);
  world.changing = false;
  for (let many = 0; many < 512; many++) isSlow('stk', 50);
  world.changing = true;
  assert.equal(isSlow('stk', 90), false);
});

test('a product nobody has used so far is not called slow, nor is what no client would notice', () => {
  const { world, isSlow } = baseline();
  for (let many = 0; many < 100; many++) isSlow('oauth', 1);
  world.changing = true;
  assert.equal(isSlow('stk', 9_000), false);
  assert.equal(isSlow('oauth', 29), false);
  assert.equal(isSlow('oauth', 31), true);
});
