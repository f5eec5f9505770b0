import assert from 'node:assert/strict';
import { appendFileSync, closeSync, writeSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openLog, rotate, tail } from './log-files.ts';

const directory = await mkdtemp(join(tmpdir(), 'imara-logs-'));
after(() => rm(directory, { recursive: true, force: true }));

test('a log that a process holds open is rotated under it, and only so many are kept', async () => {
  const file = join(directory, 'api-1.log');
  const output = openLog(file);
  for (let generation = 1; generation <= 6; generation += 1) {
    writeSync(output, `${generation}\n`.repeat(10));
    await rotate(file, 20);
    writeSync(output, 'short\n');
    await rotate(file, 20);
  }
  closeSync(output);
  const texts = await Promise.all(
    (await readdir(directory)).sort().map((name) => readFile(join(directory, name), 'utf8')),
  );
  assert.deepEqual(
    texts.map((text) => text.trim().split('\n').at(-1)),
    ['short', '6', '5', '4'],
  );
});

test('the last lines are read from the end, and a log that is not there has none', async () => {
  const file = join(directory, 'worker.log');
  appendFileSync(file, `${'x'.repeat(100_000)}\nlast but one\nlast\n`);
  assert.equal(await tail(file, 2), 'last but one\nlast');
  assert.equal(await tail(join(directory, 'nobody.log'), 2), '');
});
