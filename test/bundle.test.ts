import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

const { bundledMain }: { bundledMain: (root: string) => Promise<string> } = await import(
  new URL('../bin/bundle.mjs', import.meta.url).href
);

// A clone of its own, whose sources may be changed, with the packages of this one.
const root = await mkdtemp(join(tmpdir(), 'imara-bundle-'));
after(() => rm(root, { recursive: true, force: true }));
await cp('src', join(root, 'src'), { recursive: true });
await cp('package-lock.json', join(root, 'package-lock.json'));
await mkdir(join(root, 'node_modules', '.cache'), { recursive: true });
for (const name of (await readdir('node_modules')).filter((name) => !name.startsWith('.')))
  await symlink(resolve('node_modules', name), join(root, 'node_modules', name));

const run = async (main: string, ...args: string[]) =>
  (await promisify(execFile)(process.execPath, [main, ...args])).stdout;
const bundleOf = (main: string) => dirname(dirname(main));

test('two that make the bundle at once have the same one, and a third makes none', async () => {
  const [one, two] = await Promise.all([bundledMain(root), bundledMain(root)]);
  assert.equal(one, two);
  assert.match(await run(one, 'pay', '--help'), /imara pay/);
  // What is started by its path, whichever way the path is written.
  for (const started of ['process/main/api', 'watch/main', 'agent/taster/child', 'process/taster/taste'])
    assert.ok(existsSync(join(bundleOf(one), `${started}.js`)), started);
  await writeFile(join(bundleOf(one), 'left'), 'as it was');
  assert.equal(await bundledMain(root), one);
  assert.equal(await readFile(join(bundleOf(one), 'left'), 'utf8'), 'as it was');
});

test('a changed source is in the next bundle; the one before is kept while a process may start others from it', async () => {
  const before = bundleOf(await bundledMain(root));
  const user = spawn(process.execPath, [
    '-e',
    'setInterval(() => {}, 1000)',
    join(before, 'process', 'main', 'api.js'),
  ]);
  await once(user, 'spawn');
  const change = async (text: string) => {
    await writeFile(join(root, 'src', 'cli', 'main.ts'), `console.log(${JSON.stringify(text)});\n`);
    return bundledMain(root);
  };
  const hourAgo = new Date(Date.now() - 3_600_000);
  await utimes(before, hourAgo, hourAgo);

  const second = await change('the first change');
  assert.equal(await run(second), 'the first change\n');
  assert.ok(existsSync(before), 'a process runs from it');

  user.kill('SIGKILL');
  await once(user, 'exit');
  const third = await change('one more');
  assert.equal(await run(third), 'one more\n');
  assert.ok(!existsSync(before), 'nobody runs from it');
  assert.ok(existsSync(second), 'made a moment ago: somebody may be about to start from it');
});

test('a source that does not compile is named with its line', async () => {
  await writeFile(join(root, 'src', 'cli', 'main.ts'), 'console.log("no end);\n');
  await assert.rejects(bundledMain(root), /src\/cli\/main\.ts:1:/);
});
