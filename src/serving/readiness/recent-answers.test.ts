import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentAnswers } from './recent-answers.ts';

test('what was answered in the last five seconds counts, and what is older does not', () => {
  let now = 10_000;
  const answers = new RecentAnswers(() => now);
  assert.deepEqual(answers.sum(), { answered: 0, failed: 0 });
  answers.add(true);
  answers.add(false);
  now = 12_900;
  answers.add(false);
  assert.deepEqual(answers.sum(), { answered: 3, failed: 1 });
  now = 15_000;
  assert.deepEqual(answers.sum(), { answered: 1, failed: 0 });
  now = 60_000;
  assert.deepEqual(answers.sum(), { answered: 0, failed: 0 });
});
