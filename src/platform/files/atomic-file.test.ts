import assert from 'node:assert/strict';
import fs from 'node:fs';
import promises, { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeEach, type TestContext, test } from 'node:test';
import { createFile, removeUnfinished, replaceFile, replaceFileNow } from './atomic-file.ts';

let folder = '';
let file = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imara-atomic-'));
  file = join(folder, 'file');
});

const writers = { replaceFile, replaceFileNow: async (...of: [string, string]) => replaceFileNow(...of) };

for (const [name, write] of Object.entries({ ...writers, createFile })) {
  test(`${name}: the file is on the disk before it has its name, and the name before it returns`, async (t) => {
    const did = recordDisk(t);
    await write(file, 'text');
    assert.deepEqual(did, ['sync of the file', 'named', 'sync of the folder']);
    assert.equal(await readFile(file, 'utf8'), 'text');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['file']);
  });
}

for (const [name, write] of Object.entries(writers)) {
  test(`${name}: what cannot be written leaves the old file and nothing else`, async () => {
    await writeFile(file, 'old');
    await write(file, 'new');
    assert.equal(await readFile(file, 'utf8'), 'new');
    const taken = join(folder, 'taken');
    await promises.mkdir(join(taken, 'by a folder'), { recursive: true });
    await assert.rejects(write(taken, 'text'), /EISDIR|ENOTEMPTY|EEXIST/);
    await assert.rejects(write(join(folder, 'missing', 'file'), 'text'), /ENOENT/);
    assert.deepEqual((await readdir(folder)).sort(), ['file', 'taken']);
  });
}

test('of several that create a file the first one’s content is everybody’s', async () => {
  await Promise.all(['a', 'b', 'c'].map((text) => createFile(file, text)));
  const first = await readFile(file, 'utf8');
  await createFile(file, 'd');
  assert.equal(await readFile(file, 'utf8'), first);
  assert.deepEqual(await readdir(folder), ['file']);
});

test('what a killed writer left is removed, and nothing else', async () => {
  await writeFile(join(folder, '.0123456789ab.tmp'), 'half');
  await replaceFile(file, 'text');
  await removeUnfinished(folder);
  assert.deepEqual(await readdir(folder), ['file']);
});

/** What a writer does to the disk, in order, seen at the functions of Node that it calls. */
function recordDisk(t: TestContext): string[] {
  const did: string[] = [];
  const what = (path: unknown) => (String(path) === folder ? 'folder' : 'file');
  const watch = <T extends object, K extends keyof T & string>(
    of: T,
    name: K,
    seen: (arguments_: unknown[], result: unknown) => void,
  ) => {
    const real = of[name] as (...all: unknown[]) => unknown;
    t.mock.method(of as Record<string, () => unknown>, name, (...all: unknown[]) => {
      const result = real.apply(of, all);
      if (!(result instanceof Promise)) {
        seen(all, result);
        return result;
      }
      return result.then((value) => {
        seen(all, value);
        return value;
      });
    });
  };
  watch(promises, 'open', ([path], handle) =>
    watch(handle as promises.FileHandle, 'sync', () => did.push(`sync of the ${what(path)}`)),
  );
  const opened = new Map<unknown, unknown>();
  watch(fs, 'openSync', ([path], descriptor) => opened.set(descriptor, path));
  watch(fs, 'fsyncSync', ([descriptor]) => did.push(`sync of the ${what(opened.get(descriptor))}`));
  for (const name of ['rename', 'link'] as const)
    watch(promises, name, ([, to]) => did.push(basename(String(to)) === 'file' ? 'named' : String(to)));
  watch(fs, 'renameSync', () => did.push('named'));
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return did;
}
