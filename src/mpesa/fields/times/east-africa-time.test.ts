import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eatCalendar, eatDay, eatDayFirst, eatSms, eatTimestamp } from './east-africa-time.ts';

const lateEvening = Date.UTC(2026, 11, 31, 21, 4, 5);
const noon = Date.UTC(2026, 1, 3, 9, 0, 59);

test('East Africa Time is three hours ahead of UTC, over the end of a year too', () => {
  assert.equal(eatTimestamp(lateEvening), '20270101000405');
  assert.equal(eatDayFirst(lateEvening), '01012027000405');
  assert.equal(eatDay(lateEvening), '2027-01-01');
  assert.deepEqual(eatCalendar(lateEvening), { year: 2027, month: 1, day: 1 });
});

test('an SMS writes the time on twelve hours', () => {
  assert.equal(eatSms(lateEvening), '1/1/27 at 12:04 AM');
  assert.equal(eatSms(noon), '3/2/26 at 12:00 PM');
});
