import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Day, dayAfter, dueFrom, type Every } from './recurrence.ts';

/** The first `count` days that are due. */
function dues(start: Day, every: Every, count: number): Day[] {
  const days: Day[] = [];
  for (let due = dueFrom(start, every, start); due !== undefined && days.length < count; )
    due = dueFrom(start, every, dayAfter(days[days.push(due) - 1] ?? ''));
  return days;
}

test('each frequency has its days', () => {
  const table: [Every, string][] = [
    ['once', '2026-11-30'],
    ['daily', '2026-11-30 2026-12-01 2026-12-02 2026-12-03'],
    ['weekly', '2026-11-30 2026-12-07 2026-12-14 2026-12-21'],
    ['two-weekly', '2026-11-30 2026-12-14 2026-12-28 2027-01-11'],
    ['monthly', '2026-11-30 2026-12-30 2027-01-30 2027-02-28'],
    ['two-monthly', '2026-11-30 2027-01-30 2027-03-30 2027-05-30'],
    ['quarterly', '2026-11-30 2027-02-28 2027-05-30 2027-08-30'],
    ['half-yearly', '2026-11-30 2027-05-30 2027-11-30 2028-05-30'],
    ['yearly', '2026-11-30 2027-11-30 2028-11-30 2029-11-30'],
  ];
  for (const [every, days] of table) assert.deepEqual(dues('2026-11-30', every, 4), days.split(' '), every);
});

test('the last of a month stays the last where it can, and comes back after a shorter month', () => {
  assert.deepEqual(dues('2027-12-31', 'monthly', 5), [
    '2027-12-31',
    '2028-01-31',
    '2028-02-29',
    '2028-03-31',
    '2028-04-30',
  ]);
  assert.deepEqual(dues('2028-02-29', 'yearly', 5).slice(3), ['2031-02-28', '2032-02-29']);
});

test('days between are due at the next one, and the past is not made up', () => {
  assert.equal(dueFrom('2020-01-31', 'monthly', '2026-11-29'), '2026-11-30');
  assert.equal(dueFrom('2020-01-31', 'monthly', '2026-11-30'), '2026-11-30');
  assert.equal(dueFrom('2020-01-31', 'monthly', '2026-12-01'), '2026-12-31');
  assert.equal(dueFrom('2026-11-02', 'weekly', '2026-11-24'), '2026-11-30');
  assert.equal(dueFrom('2026-11-02', 'once', '2026-11-03'), undefined);
  assert.equal(dueFrom('2027-01-01', 'daily', '2026-11-03'), '2027-01-01');
});
