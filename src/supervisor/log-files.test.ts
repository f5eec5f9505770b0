import assert from 'node:assert/strict';
import { appendFileSync, closeSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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

test('a folder of logs that is gone is made again; where it cannot be, the output is lost, and both are said', async () => {
  const folder = join(directory, 'logs');
  await mkdir(folder);
  await rm(folder, { recursive: true });
  const said: string[] = [];
  const output = openLog(join(folder, 'api-1.log'), (line) => said.push(line));
  writeSync(output, 'it serves\n');
  closeSync(output);
  assert.equal(await tail(join(folder, 'api-1.log'), 1), 'it serves');
  assert.match(said.join('\n'), /folder is made again: ENOENT/);

  await rm(folder, { recursive: true });
  await writeFile(folder, 'in its place is a file');
  const nowhere = openLog(join(folder, 'api-1.log'), (line) => said.push(line));
  writeSync(nowhere, 'it serves\n');
  closeSync(nowhere);
  assert.match(said.at(-1) ?? '', /what is written to .*api-1\.log is lost: EEXIST/);
  await rm(folder);
});

test('the last lines are read from the end, and a log that is not there has none', async () => {
  const file = join(directory, 'worker.log');
  appendFileSync(file, `${'x'.repeat(100_000)}\nlast but one\nlast\n`);
  assert.equal(await tail(file, 2), 'last but one\nlast');
  assert.equal(await tail(join(directory, 'nobody.log'), 2), '');
});
