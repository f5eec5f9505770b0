import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { processIds, processStat, readOfProcess } from './proc.ts';

test('a process is read whatever its name is, and is nothing once it has ended', {
  skip: process.platform !== 'linux' && 'there is no /proc',
}, async (t) => {
  const name = join(tmpdir(), `imara) S ${process.pid}`);
  await symlink('/bin/sleep', name);
  t.after(() => rm(name));
  const child = spawn(name, ['60'], { detached: true });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  assert.ok(processIds().includes(pid));
  const { parent, group } = processStat(pid) ?? {};
  assert.deepEqual([parent, group], [process.pid, pid]);
  assert.match(readOfProcess(pid, 'status') ?? '', /^PPid:\t/m);
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  assert.ok(!processIds().includes(pid));
  assert.equal(processStat(pid), undefined);
  assert.equal(readOfProcess(pid, 'status'), undefined);
});
