import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { until } from '../../../test/until.ts';
import type { Entry, Written } from './entry.ts';
import { journalFiles } from './files.ts';
import { Journal, type JournalOptions } from './journal.ts';
import { type LogFile, openLogFile } from './log-file.ts';
import { verify } from './verify.ts';

const root = await mkdtemp(join(tmpdir(), 'imara-journal-'));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;
const folder = () => join(root, String(count++));
const entry = (subject: string): Entry => ({ at: 1, source: 'watch', kind: 'watch.started', subject });

async function opened(directory: string, options: JournalOptions = {}) {
  const seen: Written[] = [];
  const journal = await Journal.open(directory, (one) => seen.push(one), options);
  return { journal, seen };
}

test('R15: what was appended is there again, in one chain over several files', async () => {
  const directory = folder();
  const { journal } = await opened(directory, { rotateBytes: 600 });
  for (let n = 0; n < 10; n++) assert.equal(await journal.append(entry(`${n}`)), true);
  await journal.close();
  assert.ok((await readdir(directory)).length > 2, 'files are rotated');
  const again = await opened(directory, { rotateBytes: 600 });
  assert.deepEqual(
    again.seen.map(({ subject }) => subject),
    [...'0123456789'],
  );
  await again.journal.append(entry('10'));
  await again.journal.close();
  const verified = await verify(directory);
  assert.ok(verified.ok && verified.rows === 11, JSON.stringify(verified));
});

test('R15: a row that was changed, removed or put in is named', async () => {
  const directory = folder();
  const { journal } = await opened(directory);
  for (let n = 0; n < 5; n++) await journal.append(entry(`${n}`));
  await journal.close();
  const [file = ''] = await journalFiles(directory);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const broken = async (changed: string[]) => {
    await writeFile(file, `${changed.join('\n')}\n`);
    const verified = await verify(directory);
    return verified.ok ? 'ok' : `${verified.sequence} ${verified.reason}`;
  };
  assert.equal(
    await broken(lines.with(2, lines[2]?.replace('"2"', '"9"') ?? '')),
    '3 was changed after it was written',
  );
  assert.equal(await broken(lines.toSpliced(1, 1)), '2 has the number 3 after 1');
  assert.equal(await broken(lines.with(4, '{"sequence":5}')), '5 is no entry');
  assert.equal(await broken(lines), 'ok');
});

test('a last line that a crash has torn is cut off, and said', async () => {
  const directory = folder();
  const { journal } = await opened(directory);
  await journal.append(entry('whole'));
  await journal.close();
  const [file = ''] = await journalFiles(directory);
  await appendFile(file, '{"at":1,"source":"watch","kind":"wat');
  const again = await opened(directory);
  await until('it is said', () => again.journal.state().sequence === 2);
  await again.journal.close();
  const text = await readFile(file, 'utf8');
  assert.match(text, /"kind":"journal.cut".*36 bytes/);
  assert.deepEqual((await verify(directory)).ok, true);
});

test('a full disk delays nobody; what it did not take is written later, whole and in order', async () => {
  const directory = folder();
  let full = true;
  const openFile = (path: string) =>
    openLogFile(path, async (handle, bytes) => {
      // As a disk does it: a part of it is there.
      await handle.appendFile(full ? bytes.subarray(0, 20) : bytes);
      if (full) throw new Error('ENOSPC: no space left on device');
    });
  const { journal } = await opened(directory, { openFile, retryMs: 10, most: 3 });
  assert.equal(await journal.append(entry('a')), false);
  assert.match(journal.state().error ?? '', /ENOSPC/);
  assert.equal(await journal.append(entry('b'), 1), false);
  assert.equal(await journal.append(entry('c'), 1), false);
  assert.equal(await journal.append(entry('d'), 1), false);
  assert.deepEqual([journal.state().depth, journal.state().dropped], [3, 1]);
  full = false;
  await until('the disk takes them', () => journal.state().error === null && journal.state().depth === 0);
  await journal.close();
  const verified = await verify(directory);
  assert.ok(
    verified.ok && verified.rows === 4,
    `three, and that they were late: ${JSON.stringify(verified)}`,
  );
});

test('a disk that hangs keeps nobody waiting longer than was said', async () => {
  const directory = folder();
  const released = Promise.withResolvers<void>();
  const openFile = async (path: string): Promise<LogFile> => {
    const file = await openLogFile(path);
    return {
      get size() {
        return file.size;
      },
      append: (text) => released.promise.then(() => file.append(text)),
      close: () => file.close(),
    };
  };
  const { journal } = await opened(directory, { openFile });
  assert.equal(await journal.append(entry('a'), 10), false);
  released.resolve();
  await until('it is written', () => journal.state().sequence === 1);
  await journal.close();
  assert.deepEqual(await verify(directory), { ok: true, rows: 1, head: journal.state().head });
});
