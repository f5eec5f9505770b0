import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { openMemoryStore } from '../../agent/disk/memory-store.ts';
import { newRelease } from '../../config/release.ts';
import { EMPTY_RING, withProved } from '../../rollout/instance/ring.ts';
import { NO_MEMORY } from '../../rollout/instance/state.ts';
import { readEnvironment } from '../main/environment.ts';
import { builtInRelease } from './built-in.ts';
import { lookAtConfigFile } from './config-file.ts';
import { loadRelease } from './release.ts';

const directory = await mkdtemp(join(tmpdir(), 'imara-config-file-'));
after(() => rm(directory, { recursive: true, force: true }));

const file = join(directory, 'imara.yaml');
const fresh = join(directory, 'fresh');
const home = join(directory, 'home');
const local = {
  IMARA_PROFILE: 'local',
  DATABASE_URL: 'postgres://nobody@127.0.0.1/none',
  IMARA_AUTH_SERVERS: 'http://127.0.0.1:4410',
};
const builtIn = loadRelease(readEnvironment(local)).content;
const store = await openMemoryStore(join(home, 'agents', 'api-1', 'proved'));
const release = newRelease({
  service: 'imara',
  schema: 'imara.platform/1',
  sequence: 3,
  content: builtIn,
  parent: null,
  author: 'amina',
  reason: '',
  createdAt: 0,
});
await store.save({ ...NO_MEMORY, ring: withProved(EMPTY_RING, release, 0) });

const look = async (text: string, where: string) => {
  await writeFile(file, text);
  return lookAtConfigFile({ IMARA_CONFIG: file, IMARA_HOME: where });
};
const typo = 'serving: { retryAfterSecond: 2 }';

test('a file that is wrong is told once, with key, value, cause and advice, before anything starts', async () => {
  const looked = await look(typo, fresh);
  assert.ok(looked.kind === 'bad' && !looked.proved);
  assert.match(
    looked.why,
    /serving\.retryAfterSecond = .* is not a key here; did you mean retryAfterSeconds/,
  );
  assert.deepEqual(await look('serving: { retryAfterSeconds: 2 }', fresh), { kind: 'in force' });
});

test('R8: a file that is wrong stops nobody where releases were proved', async () => {
  const looked = await look(typo, home);
  assert.ok(looked.kind === 'bad' && looked.proved);
  const log = pino({ level: 'silent' });
  const env = (name: string) =>
    readEnvironment({ ...local, IMARA_CONFIG: file, IMARA_HOME: home, IMARA_NAME: name });
  assert.deepEqual((await builtInRelease(env('api-1'), 'api-1', log)).content, builtIn);
  assert.deepEqual((await builtInRelease(env('control'), undefined, log)).content, builtIn);
  await assert.rejects(builtInRelease(env('api-2'), 'api-2', log), /retryAfterSecond/);
});

test('a file that says something else than what was proved since is named with what differs', async () => {
  assert.deepEqual(await look('serving: { retryAfterSeconds: 1 }', home), { kind: 'in force' });
  assert.deepEqual(await look('serving: { retryAfterSeconds: 7 }', home), {
    kind: 'differs',
    file,
    changes: [{ path: 'serving.retryAfterSeconds', before: 1, after: 7 }],
  });
});
