import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { boundedLog } from './bounded-log.ts';

test('so many lines a second are written of each level, and one says how many more there were', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const lines: { level: number; n?: number; leftOut?: unknown }[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });
  let now = 0;
  let asked = 0;
  const bounded = boundedLog(log, { mostASecond: 2, now: () => now });
  const fields = (n: number) => () => {
    asked += 1;
    return { n };
  };
  for (const n of [1, 2, 3, 4]) bounded.info(fields(n), 'paid');
  bounded.info(fields(5), 'not paid');
  bounded.error(fields(6), 'not posted');
  t.mock.timers.tick(1_000);
  now = 1_000;
  bounded.info(fields(7), 'paid');
  assert.deepEqual(
    lines.map(({ level, n, leftOut }) => [level, n ?? leftOut]),
    [
      [30, 1],
      [30, 2],
      [50, 6],
      [30, { paid: 2, 'not paid': 1 }],
      [30, 7],
    ],
  );
  assert.equal(asked, 4, 'what is left out is not even put together');
  log.level = 'warn';
  bounded.info(fields(8), 'paid');
  assert.equal(asked, 4);
});
