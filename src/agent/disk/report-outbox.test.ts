import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AgentMessage } from '../../rollout/protocol.ts';
import { openOutbox } from './report-outbox.ts';

const said = (cause: string): AgentMessage => ({ type: 'not_proved', rollout: 'r', cause });

async function open(directory: string, now = 7) {
  const { outbox, skipped } = await openOutbox(directory, {
    now: () => now,
    failed: (error) => assert.fail(String(error)),
  });
  const flushed = () => new Promise<void>((resolve) => outbox.whenIdle(resolve));
  return Object.assign(outbox, { skipped, flushed });
}
async function newDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'imara-outbox-'));
}

test('what was not acknowledged is told by the next process, with the numbers it had', async () => {
  const directory = await newDirectory();
  const first = await open(directory);
  for (const cause of ['a', 'b', 'c']) first.add(said(cause));
  first.acknowledge(8);
  await first.flushed();
  const next = await open(directory);
  assert.equal(next.log, first.log);
  assert.deepEqual(next.pending, [
    { seq: 9, at: 7, message: said('b') },
    { seq: 10, at: 7, message: said('c') },
  ]);
  next.acknowledge(10);
  assert.equal(next.add(said('d')).seq, 11, 'numbers are not used twice');
});

test('what was told and lost with the power keeps its number: control would take the next message for it', async () => {
  const directory = await newDirectory();
  const first = await open(directory, 1_000);
  first.add(said('on disk'));
  await first.flushed();
  const disk = await readFile(join(directory, 'outbox.json'));
  const lost = first.add(said('told, and not on disk yet'));
  await first.flushed();
  await writeFile(join(directory, 'outbox.json'), disk);
  const next = await open(directory, 2_000);
  assert.equal(next.log, first.log);
  assert.ok(next.add(said('news')).seq > lost.seq);
});

test('an outbox that cannot be read begins a new log, and says why', async () => {
  const directory = await newDirectory();
  const first = await open(directory);
  first.add(said('a'));
  await first.flushed();
  await writeFile(join(directory, 'outbox.json'), 'torn');
  const next = await open(directory);
  assert.notEqual(next.log, first.log);
  assert.equal(next.skipped, 'outbox.json: cut off');
  assert.deepEqual(next.pending, []);
});

test('it is bounded, in messages and in the length of each', async () => {
  const outbox = await open(await newDirectory());
  for (let count = 0; count < 300; count++) outbox.add(said('x'.repeat(5_000)));
  assert.equal(outbox.pending.length, 256);
  assert.equal(outbox.pending.at(-1)?.seq, 307);
  const [first] = outbox.pending;
  assert.ok(first !== undefined && 'cause' in first.message && first.message.cause.length === 1_024);
  await outbox.flushed();
});
