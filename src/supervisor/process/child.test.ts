import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../../test/until.ts';
import type { ToChild } from './messages.ts';

const stop: ToChild = { type: 'stop', withinMs: 10_000 };

/** A process in the middle of its start, and the words that it has sent. */
async function start(...args: string[]): Promise<{ child: ChildProcess; said: unknown[] }> {
  const child = fork(join(import.meta.dirname, '..', 'fixtures', 'slow-start.ts'), args);
  const said: unknown[] = [];
  child.on('message', (message) => said.push(message));
  await until('it starts', () => said.includes('starting'), { everyMs: 10 });
  return { child, said };
}

test('a stop in the middle of the start waits for it, where clients were taken already, and then ends in order', async (t) => {
  const { child, said } = await start('takes');
  t.after(() => void child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  child.send(stop);
  child.send('started');
  assert.deepEqual(await exit, [0, null]);
  assert.ok(said.includes('finished'));
});

test('a stop in the middle of the start ends at once, where nothing was taken', async (t) => {
  const { child, said } = await start();
  t.after(() => void child.kill('SIGKILL'));
  child.send(stop);
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.ok(!said.includes('finished'));
});
