import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { rotate } from '../../supervisor/log-files.ts';
import { Entries } from './entries.ts';
import { LogLines } from './lines.ts';
import { Merge } from './merge.ts';

const directory = await mkdtemp(join(tmpdir(), 'imara-merge-'));
after(() => rm(directory, { recursive: true, force: true }));
let files = 0;

function fileOf(text: string): string {
  files += 1;
  const file = join(directory, `${files}.log`);
  writeFileSync(file, text);
  return file;
}

const line = (time: number, msg: string) => `${JSON.stringify({ level: 30, time, msg })}\n`;

async function merged(logs: readonly string[], lastBytes?: number): Promise<Merge> {
  const entries = logs.map(
    async (file, index) =>
      new Entries(`p${index}`, await LogLines.open(file, lastBytes === undefined ? {} : { lastBytes })),
  );
  const merge = new Merge(await Promise.all(entries), { ends: true });
  await merge.look();
  return merge;
}

async function allOf(merge: Merge): Promise<{ process: string; message: string; placeMs: number }[]> {
  const all = [];
  for (let entry = await merge.next(); entry !== undefined; entry = await merge.next()) all.push(entry);
  await merge.close();
  return all;
}

const messages = async (...logs: string[]) =>
  (await allOf(await merged(logs))).map(({ process, message }) => `${process} ${message}`);

test('the lines of all logs come by time, and those of one log in its order, whatever their clock did', async () => {
  const one = fileOf(line(10, 'a') + line(30, 'b') + line(20, 'set back') + line(50, 'c'));
  const two = fileOf(line(5, 'x') + line(30, 'y') + line(40, 'z'));
  assert.deepEqual(await messages(one, two), ['p1 x', 'p0 a', 'p0 b', 'p0 set back', 'p1 y', 'p1 z', 'p0 c']);
});

test('the stack of a crash stays together, before what the next process wrote, and at the end of a log at its time', async () => {
  const crash = 'file:///src/a.ts:1\n\nError: broken\n    at a.ts:1\n\nNode.js v26\n';
  const other = Array.from({ length: 100 }, (_, ms) => line(1_000 + ms, `o${ms}`)).join('');
  const stack = ['file:///src/a.ts:1', 'Error: broken', '    at a.ts:1', 'Node.js v26'];
  const between = fileOf(line(10, 'before') + crash + line(1_050, 'started again'));
  const withOther = await messages(between, fileOf(other));
  const at = withOther.indexOf('p0 file:///src/a.ts:1');
  assert.deepEqual(withOther.slice(at - 1, at + 5), [
    'p1 o50',
    ...stack.map((text) => `p0 ${text}`),
    'p0 started again',
  ]);
  const last = fileOf(line(10, 'before') + crash);
  utimesSync(last, 1.0205, 1.0205);
  const ended = await messages(last, fileOf(other));
  assert.equal(ended[ended.indexOf('p0 file:///src/a.ts:1') - 1], 'p1 o20');
});

test("PostgreSQL's lines have their time and level, and what belongs to one comes with it", async () => {
  const log = fileOf(
    '2026-11-30 07:47:29.431 UTC [10390] LOG:  ready\n' +
      '2026-11-30 07:47:29.474 UTC [10397] ERROR:  no such table\n' +
      '2026-11-30 07:47:29.474 UTC [10397] STATEMENT:  select\n\tfrom nothing\n',
  );
  const [entries] = [new Entries('postgres', await LogLines.open(log))];
  const read = [];
  for (let one = await entries.next(); one !== undefined; one = await entries.next()) read.push(one);
  await entries.close();
  assert.deepEqual(
    read.map(({ level, message, timeMs }) => [level, message, timeMs]),
    [
      ['info', 'ready', Date.parse('2026-11-30T07:47:29.431Z')],
      ['error', 'no such table', Date.parse('2026-11-30T07:47:29.474Z')],
      ['error', 'STATEMENT: select', Date.parse('2026-11-30T07:47:29.474Z')],
      ['error', '\tfrom nothing', undefined],
    ],
  );
});

test('a line longer than memory should hold is cut, and the next one is whole', async () => {
  const log = fileOf(`${line(1, 'a')}${'x'.repeat(300_000)}\n${line(2, 'b')}no end of line`);
  const lines = await LogLines.open(log);
  const read = [];
  for (let one = await lines.next(); one !== undefined; one = await lines.next()) read.push(one.length);
  assert.equal(lines.rest(), 'no end of line');
  await lines.close();
  assert.deepEqual([read.length, (read[1] ?? 0) < 66_000, read[2]], [3, true, line(2, 'b').length - 1]);
});

test('a log that is rotated while it is read loses no line and shows none twice', async () => {
  const file = fileOf('');
  let written = 0;
  const write = (count: number) => {
    for (const until = written + count; written < until; ) {
      written += 1;
      appendFileSync(file, line(written, `${written}`));
    }
  };
  write(200);
  await rotate(file, 1);
  write(200);
  const lines = await LogLines.open(file);
  const read: number[] = [];
  const readOn = async () => {
    for (let one = await lines.next(); one !== undefined; one = await lines.next())
      read.push(JSON.parse(one).time);
  };
  for (let n = 0; n < 150; n += 1) read.push(JSON.parse((await lines.next()) ?? '').time);
  write(50);
  await rotate(file, 1);
  write(20);
  await readOn();
  // Copied and not emptied yet: what is written now is read where it was.
  write(10);
  renameSync(`${file}.1`, `${file}.2`);
  copyFileSync(file, `${file}.1`);
  await readOn();
  truncateSync(file);
  write(5);
  await readOn();
  await lines.close();
  assert.deepEqual(
    read,
    Array.from({ length: written }, (_, index) => index + 1),
  );
});

test('what is read from the end of the logs is complete from the time that it says', async () => {
  const log = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.boolean()), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(log, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 900 }),
      async (logs, bytes) => {
        const written = logs.map((steps, index) => {
          let time = 1_000;
          const text = steps.map(([step, timed], n) => {
            time += step;
            return timed ? line(time, `${n}`) : `${n} of ${index}\n`;
          });
          const file = fileOf(text.join(''));
          utimesSync(file, (time + 1) / 1_000, (time + 1) / 1_000);
          return file;
        });
        const whole = await allOf(await merged(written));
        const part = await merged(written, bytes);
        const { completeFromMs } = part;
        const complete = (all: typeof whole) => all.filter(({ placeMs }) => placeMs > completeFromMs);
        assert.deepEqual(complete(await allOf(part)), complete(whole));
      },
    ),
    { numRuns: 60 },
  );
});
