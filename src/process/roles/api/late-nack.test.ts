import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../../auth/client/transport/failure.ts';
import type { AskedServers } from '../../../auth/client/transport/servers.ts';
import { loadRelease } from '../../installation/release.ts';
import { readEnvironment } from '../../main/environment.ts';
import { watchAuthServers } from './late-nack.ts';

const env = readEnvironment({
  DATABASE_URL: 'postgres://nowhere/none',
  IMARA_AUTH_SERVERS: 'http://10.0.0.1:1',
});
const refused = failure('refused', 'nobody listens');

function watched() {
  const told: string[] = [];
  const world = { now: 0, release: loadRelease(env) };
  const heard = watchAuthServers(
    { release: () => world.release, valueFailed: (path, cause) => told.push(`${path.join('.')}: ${cause}`) },
    () => world.now,
  );
  const asked = (outcome: AskedServers, atMs: number) => {
    world.now = atMs;
    heard(outcome);
  };
  return { told, world, asked };
}

test('R4: servers that answer nobody for a while are told as a value that does not work', () => {
  const { told, asked } = watched();
  asked(refused, 0);
  asked(refused, 1_000);
  asked(refused, 1_999);
  assert.deepEqual(told, []);
  asked(refused, 2_000);
  assert.deepEqual(told, ['auth.servers: no server answers: refused: nobody listens']);
});

test('one answer in between, or a switch to other servers, begins the count again', () => {
  const { told, world, asked } = watched();
  for (const at of [0, 1_000]) asked(refused, at);
  asked({ ok: true }, 2_000);
  for (const at of [3_000, 4_000]) asked(refused, at);
  world.release = loadRelease(env);
  for (const at of [5_000, 6_000]) asked(refused, at);
  assert.deepEqual(told, []);
});
