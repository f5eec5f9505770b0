import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Allowance,
  createQuota,
  defaultQuotaSettings,
  type QuotaSettings,
  stepAllowance,
} from './quota.ts';

const stk = { product: 'stk' };

function manual(settings: Partial<QuotaSettings>) {
  let at = 0;
  const quota = createQuota(
    () => ({ ...defaultQuotaSettings, ...settings }),
    () => at,
  );
  return {
    quota,
    advance(ms: number) {
      at += ms;
    },
    set: (change: Partial<QuotaSettings>) => Object.assign(settings, change),
  };
}

test('spike arrest lets a burst through, then the rate', () => {
  const { quota, advance } = manual({ spikePerSecond: 10, spikeBurst: 3 });
  const verdicts = Array.from({ length: 5 }, () => quota.take('a', stk));
  assert.deepEqual(verdicts, ['ok', 'ok', 'ok', 'spike', 'spike']);
  advance(100);
  assert.deepEqual([quota.take('a', stk), quota.take('a', stk)], ['ok', 'spike']);
});

test('a quota is used up until its window ends, and then whole again', () => {
  const { quota, advance } = manual({ quotaRequests: 2, quotaWindowMs: 1_000 });
  const verdicts = Array.from({ length: 3 }, () => quota.take('a', stk));
  assert.deepEqual(verdicts, ['ok', 'ok', 'quota']);
  advance(999);
  assert.equal(quota.take('a', stk), 'quota');
  advance(1);
  assert.equal(quota.take('a', stk), 'ok');
});

test('R12: apps and products do not use each other up', () => {
  const { quota } = manual({ spikeBurst: 1, spikePerSecond: 0 });
  assert.equal(quota.take('a', stk), 'ok');
  assert.equal(quota.take('a', stk), 'spike');
  assert.equal(quota.take('b', stk), 'ok');
  assert.equal(quota.take('a', { product: 'c2b' }), 'ok');
});

test('a changed setting holds for the next request', () => {
  const { quota, set } = manual({ quotaRequests: 1 });
  quota.take('a', stk);
  assert.equal(quota.take('a', stk), 'quota');
  set({ quotaRequests: 2 });
  assert.equal(quota.take('a', stk), 'ok');
});

test('R12: a flood of app names remembers no more than its bound', () => {
  const { quota } = manual({ maxAllowances: 100 });
  for (let app = 0; app < 1_000; app += 1) quota.take(`app-${app}`, stk);
  assert.equal(quota.size, 100);
});

test('R12: over any stretch of time no more than the burst and the rate are taken', () => {
  const gaps = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 200 });
  fc.assert(
    fc.property(
      gaps,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 100 }),
      (waits, spikeBurst, spikePerSecond) => {
        const settings = { ...defaultQuotaSettings, spikeBurst, spikePerSecond };
        let allowance: Allowance | undefined;
        let at = 0;
        let taken = 0;
        for (const wait of waits) {
          at += wait;
          const step = stepAllowance(allowance, at, settings);
          allowance = step.allowance;
          if (step.verdict === 'ok') taken += 1;
          assert.ok(allowance.tokens >= 0 && allowance.tokens <= spikeBurst);
        }
        assert.ok(taken <= spikeBurst + (at * spikePerSecond) / 1_000 + 1e-6);
      },
    ),
  );
});
