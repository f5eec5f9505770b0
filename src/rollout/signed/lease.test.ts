import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasLapsed, lend, renew } from './lease.ts';

test('R5: a lease lapses by itself', () => {
  const lease = lend(10_000, 60_000, 1_000);
  assert.equal(hasLapsed(lease, 10_999), false);
  assert.equal(hasLapsed(lease, 11_000), true);
});

test('R5: a renewal counts from the beat it answers, however late it comes', () => {
  const lease = renew(lend(10_000, 60_000, 0), { beat: 3, leaseMs: 10_000 }, 2_000, 9_000);
  assert.equal(lease.expiresAt, 12_000);
});

test('R5: a lapsed lease stays lapsed, an old answer changes nothing, and no renewal goes beyond the own rules', () => {
  const lease = lend(10_000, 20_000, 0);
  assert.equal(renew(lease, { beat: 1, leaseMs: 10_000 }, 9_000, 10_000), lease);
  const once = renew(lease, { beat: 5, leaseMs: 10_000 }, 4_000, 4_100);
  assert.equal(renew(once, { beat: 5, leaseMs: 10_000 }, 8_000, 8_000), once);
  assert.equal(renew(once, { beat: 4, leaseMs: 10_000 }, 8_000, 8_000), once);
  assert.equal(renew(lease, { beat: 1, leaseMs: 1e9 }, 1_000, 1_000).expiresAt, 21_000);
});

test('R5: whatever renewals come, the lease ends at most its longest length after the last beat sent', () => {
  const renewal = fc.record({ beat: fc.nat(20), leaseMs: fc.nat(100_000), delayMs: fc.nat(20_000) });
  fc.assert(
    fc.property(fc.array(renewal), (renewals) => {
      let lease = lend(10_000, 15_000, 0);
      let lastSent = 0;
      for (const { beat, leaseMs, delayMs } of renewals) {
        const sentAt = beat * 250;
        lastSent = Math.max(lastSent, sentAt);
        lease = renew(lease, { beat, leaseMs }, sentAt, sentAt + delayMs);
      }
      assert.ok(lease.expiresAt <= lastSent + 15_000);
    }),
  );
});
