import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownShare, UNKNOWN_SHARE } from './share.ts';

const two = { good: 2_200, bad: 80 };
const one = { good: 1_100, bad: 40 };
const half = { good: 550, bad: 20 };

test('shares of before the push are those of arms that were seen for as long', () => {
  const asLong = ownShare({ exposed: two, control: one });
  const shortly = ownShare({ exposed: two, control: half }, { exposed: 120_000, control: 60_000 });
  assert.ok(Math.abs(asLong.traffic - 2 / 3) < 0.001);
  assert.ok(Math.abs(shortly.traffic - 2 / 3) < 0.001);
  // Less was seen, so there is more room each way.
  assert.ok(shortly.bad > asLong.bad && shortly.bad < 0.8, `${asLong.bad}, ${shortly.bad}`);
  assert.ok(shortly.completions < asLong.completions && shortly.completions > 0.6);
});

test('of an arm that came a moment ago, or has just been given its release, nothing is known', () => {
  const moment = { good: 30, bad: 0 };
  assert.deepEqual(
    ownShare({ exposed: two, control: moment }, { exposed: 120_000, control: 3_000 }),
    UNKNOWN_SHARE,
  );
  assert.deepEqual(
    ownShare({ exposed: moment, control: two }, { exposed: 3_000, control: 120_000 }),
    UNKNOWN_SHARE,
  );
  assert.deepEqual(
    ownShare({ exposed: two, control: moment }, { exposed: 120_000, control: 0 }),
    UNKNOWN_SHARE,
  );
});
