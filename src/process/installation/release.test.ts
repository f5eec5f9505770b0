import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { merged } from '../../config/overlay.ts';
import { defaultControlSettings } from '../../control/settings.ts';
import { readEnvironment } from '../main/environment.ts';
import { loadRelease, rolloutPolicy } from './release.ts';

async function environment(config?: string, profile = 'server') {
  const file = join(await mkdtemp(join(tmpdir(), 'imara-config-')), 'config.yaml');
  if (config !== undefined) await writeFile(file, config);
  return readEnvironment({
    DATABASE_URL: 'postgres://nobody@127.0.0.1/none',
    IMARA_AUTH_SERVERS: 'http://127.0.0.1:4410',
    IMARA_PROFILE: profile,
    ...(config === undefined ? {} : { IMARA_CONFIG: file }),
  });
}

test('the built-in configuration passes its own schema and checks, in each profile', async () => {
  const server = loadRelease(await environment());
  assert.equal(server.version, null);
  assert.deepEqual(server.document.auth.servers, ['http://127.0.0.1:4410']);
  assert.equal(server.document.delivery.allowPrivateTargets, false);
  assert.equal(
    loadRelease(await environment(undefined, 'local')).document.delivery.allowPrivateTargets,
    true,
  );
});

test('a file changes what it names, for its environment alone where it says so', async () => {
  const { document } = loadRelease(
    await environment(`
mpesa: { stk: { maxAmountShillings: 1000 } }
environments: { production: { delivery: { retryAfterSeconds: [5, 30] } }, testing: { delivery: { pollMs: 999 } } }`),
  );
  assert.equal(document.mpesa.stk.maxAmountShillings, 1_000);
  assert.deepEqual(document.delivery.retryAfterSeconds, [5, 30]);
  assert.equal(document.delivery.pollMs, 200);
});

test('every problem of a file is told at once: key, value, reason, advice', async () => {
  const file = await environment(`
auth: { servers: ["http://auth server"] }
mpesa: { stk: { maxAmountShilings: 5 } }
delivery: { attemptTimeoutMs: 0 }`);
  assert.throws(
    () => loadRelease(file),
    (error: Error) => {
      assert.equal(error.name, 'WrongConfiguration');
      assert.match(
        error.message,
        /auth\.servers\[0\] = "http:\/\/auth server" is not an address of auth servers/,
      );
      assert.match(error.message, /mpesa\.stk\.maxAmountShilings .* is not a key here/);
      assert.match(error.message, /delivery\.attemptTimeoutMs = 0 must be >= 100/);
      return true;
    },
  );
});

test('limits that contradict each other are refused', async () => {
  const file = await environment('mpesa: { stk: { minAmountShillings: 500, maxAmountShillings: 100 } }');
  assert.throws(() => loadRelease(file), /minAmountShillings = 500 is above maxAmountShillings \(100\)/);
});

test('a variable that cannot be read is named with what to write', () => {
  assert.throws(() => readEnvironment({}), /DATABASE_URL is not set; write something like postgres:/);
  assert.throws(
    () => readEnvironment({ DATABASE_URL: 'x' }),
    /DATABASE_URL cannot be used: it is no URL; write/,
  );
  assert.throws(
    () => readEnvironment({ DATABASE_URL: 'postgres://h/d', IMARA_PORT: 'http' }),
    /IMARA_PORT is "http"; write 0 to 65535/,
  );
});

test('the example of docs/how-to/configure.md does what the page says', async () => {
  const page = await readFile('docs/how-to/configure.md', 'utf8');
  const { document } = loadRelease(await environment(/^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1]));
  assert.equal(document.mpesa.stk.dailyLimitShillings, 300_000);
  assert.equal(document.handset.defaultBehaviour, 'waits');
  assert.deepEqual(document.serving.products, { 'stk-query': { enabled: false } });
});

test('the rollout policy of a release is what control is told where it says nothing else, and what it says where it does', async () => {
  const { content } = loadRelease(await environment());
  const { policy } = defaultControlSettings;
  const { waves } = policy;
  assert.deepEqual(rolloutPolicy(content, policy), { ...policy, waves: { ...waves, rest: waves.middle } });
  const overlay = { environments: { production: { rollouts: { approvals: 2, bake: { minMs: 60_000 } } } } };
  const changed = rolloutPolicy(Object(merged(content, overlay)), policy);
  assert.deepEqual([changed.people, changed.waves.bake.minMs], [2, 60_000]);
});
