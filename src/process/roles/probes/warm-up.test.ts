import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { warmUp } from './warm-up.ts';

test('a process is used as its clients will use it, a few times', async () => {
  let steps = 0;
  await warmUp(async () => `step ${++steps}`, pino({ level: 'silent' }));
  assert.equal(steps, 6);
});

test('R8: what does not work in it, or hangs, is said and keeps nobody from serving', async () => {
  const said: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => void said.push(JSON.parse(line).msg) });
  let steps = 0;
  await warmUp(async () => {
    steps += 1;
    throw new Error('no authentication server answers');
  }, log);
  assert.equal(steps, 1);
  const began = performance.now();
  await warmUp(() => new Promise(() => {}), log);
  assert.ok(performance.now() - began >= 990);
  assert.deepEqual(said, ['the warm-up did not come to its end', 'the warm-up did not come to its end']);
});
