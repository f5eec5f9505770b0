import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { testDatabase } from '../../test/database.ts';
import { until } from '../../test/until.ts';
import { fixtureScripts } from './fixtures/options.ts';
import { type Home, homeOf } from './home/home.ts';
import { lockHome } from './home/home-lock.ts';
import { askStatus, orderDown, readState } from './local-api.ts';
import { freePort } from './ports.ts';
import { homeMark } from './process/leftovers.ts';
import { processTable } from './process/process-table.ts';
import { StoppedWhileStarting, Supervisor } from './supervisor.ts';

const { url } = await testDatabase();

async function temporaryHome(): Promise<Home> {
  const directory = await mkdtemp(join(tmpdir(), 'imara-fleet-'));
  return homeOf({ IMARA_HOME: directory });
}

async function createFleet(t: TestContext, environment: Record<string, string> = {}) {
  const home = await temporaryHome();
  const lock = lockHome(home);
  assert.ok(lock);
  const said: string[] = [];
  const portBase = await freePort(0);
  const fleet = new Supervisor({
    ...fixtureScripts,
    home,
    lock,
    environment: { ...process.env, DATABASE_URL: url, ...environment },
    portBase,
    say: (line) => said.push(line),
  });
  t.after(async () => {
    await fleet.stopAtOnce();
    await rm(home.directory, { recursive: true, force: true });
  });
  return { fleet, home, portBase, said, start: () => fleet.start(() => void fleet.stop()) };
}

async function ofHome(home: Home) {
  return (await processTable()).filter(({ args }) => args.endsWith(homeMark(home)));
}

test('processes start in order, are started again when they are killed, and stop in order', async (t) => {
  const { fleet, home, said, start } = await createFleet(t);
  await start();
  const { state, api, instances, credentials } = fleet.status();
  assert.equal(state, 'ready');
  assert.deepEqual(
    instances.map(({ name, state }) => `${name} ${state}`),
    ['auth ready', 'api-1 ready', 'api-2 ready', 'worker ready'],
  );
  assert.match(await (await fetch(`${api}`)).text(), /^api-[12]$/);
  assert.equal((await stat(home.credentialsFile)).mode & 0o077, 0);
  assert.match(await readFile(credentials?.certificate ?? '', 'utf8'), /BEGIN CERTIFICATE/);

  // Somebody tidied up: nothing may depend on it.
  await rm(home.logs, { recursive: true });
  for (const { name, pid } of instances) {
    process.kill(pid ?? 0, 'SIGKILL');
    await until(`${name} serves again`, () => {
      const now = fleet.status().instances.find((one) => one.name === name);
      return now?.state === 'ready' && now.pid !== pid;
    });
  }
  assert.ok(
    said.some((line) => /logs\/auth\.log cannot be opened/.test(line)),
    said.join('\n'),
  );
  await fleet.stop();
  assert.deepEqual(await ofHome(home), []);
  const journal = (await readFile(join(home.directory, 'journal'), 'utf8')).trim().split('\n');
  assert.deepEqual(journal.slice(0, 2), ['prepared', 'started auth']);
  assert.deepEqual(journal.slice(-2), ['stopped(asked) worker', 'stopped(asked) auth']);
  assert.deepEqual(journal.slice(-4, -2).sort(), ['stopped(asked) api-1', 'stopped(asked) api-2']);
});

test('a process in a crash loop is told, with its last words, and takes nothing else down', async (t) => {
  const { fleet, said, start } = await createFleet(t, { FIXTURE_CRASHES: 'worker' });
  await start();
  assert.equal(fleet.status().state, 'degraded');
  const states = fleet.status().instances.map(({ state }) => state);
  assert.deepEqual(states.slice(0, 3), ['ready', 'ready', 'ready']);
  assert.match(said.join('\n'), /worker does not start \(ended with status 1\):[\s\S]*out of cheese/);
});

test('R10: a process that is there and silent is replaced, and the shared port serves throughout', async (t) => {
  const { fleet, said, start } = await createFleet(t);
  await start();
  const { api } = fleet.status();
  let asking = true;
  t.after(() => {
    asking = false;
  });
  const answers = { ok: 0, failedFrom: [] as number[] };
  const client = async () => {
    while (asking) {
      const askedAt = performance.now();
      // A connection each: one that is kept may be the frozen process's own.
      const options = { headers: { connection: 'close' }, signal: AbortSignal.timeout(10_000) };
      await fetch(api ?? '', options)
        .then((response) => response.text())
        .then(
          () => {
            answers.ok += 1;
          },
          () => answers.failedFrom.push(askedAt),
        );
    }
  };
  const clients = Promise.all(Array.from({ length: 4 }, client));
  await until('it serves', () => answers.ok > 20);
  const frozen = fleet.status().instances.find(({ name }) => name === 'api-1');
  process.kill(frozen?.pid ?? 0, 'SIGSTOP');
  const frozenAt = performance.now();
  await until('another one serves in its place', () => {
    const now = fleet.status().instances.find(({ name }) => name === 'api-1');
    return now?.state === 'ready' && now.pid !== frozen?.pid;
  });
  asking = false;
  await clients;
  // What it had begun is lost with it; nothing that came after.
  assert.ok(answers.failedFrom.every((askedAt) => askedAt < frozenAt));
  const [silent, ...rest] = said.slice(-3);
  assert.match(silent ?? '', /^api-1 is silent: it was stopped by a signal/);
  assert.deepEqual(rest, ['api-1 killed by SIGKILL: it is started again', 'api-1 is ready']);
});

test('a port that another program has is replaced by the next free one, and said', async (t) => {
  const { fleet, portBase, said, start } = await createFleet(t);
  const stranger = createServer().listen(portBase, '127.0.0.1');
  await once(stranger, 'listening');
  t.after(() => stranger.close());
  await start();
  const port = Number(new URL(fleet.status().api ?? '').port);
  assert.ok(port > portBase + 3, 'not one that another part of ours belongs on');
  assert.ok(
    said.includes(`port ${portBase} is taken by another program: the API listens on ${port}`),
    said.join('\n'),
  );
});

test('a home has one supervisor, and it can be asked and ordered by whoever may read its state', async (t) => {
  const { fleet, home, start } = await createFleet(t);
  await start();
  assert.equal(lockHome(home), undefined);
  const state = await until('the state is saved', async () => {
    const saved = await readState(home);
    return saved?.status.state === 'ready' && saved;
  });
  assert.equal((await stat(home.stateFile)).mode & 0o077, 0);
  assert.deepEqual(await askStatus(state, 2_000), fleet.status());
  const intruder = { ...state, supervisor: { ...state.supervisor, token: 'guess' } };
  assert.equal(await askStatus(intruder, 2_000), undefined);
  assert.equal(await orderDown(intruder, 2_000), false);
  assert.equal(await orderDown(state, 2_000), true);
  await until('it is down', async () => (await readState(home)) === undefined);
  assert.deepEqual(await ofHome(home), []);
  const next = lockHome(home);
  assert.ok(next, 'the lock is free again');
  next.release();
});

test('a stop during the start ends what was started', async (t) => {
  const { fleet, home, start } = await createFleet(t);
  const started = assert.rejects(start(), StoppedWhileStarting);
  await until('something runs', () => fleet.status().instances.some(({ pid }) => pid !== null));
  await fleet.stop();
  await started;
  assert.deepEqual(await ofHome(home), []);
});

test('R1: a process that does not stop is not waited for when everything is to end at once', async (t) => {
  const { fleet, home, start } = await createFleet(t, { FIXTURE_LINGERS: 'api-1' });
  await start();
  const inOrder = fleet.stop();
  await until('the rest of its phase has stopped', () =>
    fleet.status().instances.some(({ name, state }) => name === 'api-2' && state === 'stopped'),
  );
  assert.equal(fleet.status().instances.find(({ name }) => name === 'api-1')?.state, 'stopping');
  await fleet.stopAtOnce();
  await inOrder;
  assert.deepEqual(await ofHome(home), []);
});

test('a database that cannot be used is named, with what to do', async (t) => {
  const { start } = await createFleet(t, { DATABASE_URL: `postgres://nobody:secret@127.0.0.1:1/none` });
  await assert.rejects(start(), (error: Error) => {
    assert.match(error.message, /DATABASE_URL \(127\.0\.0\.1:1\/none\) does not answer: .*unset it/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});

test('credentials are made once, and the environment stands in for them', async (t) => {
  const { fleet, home, start } = await createFleet(t, { IMARA_CONSUMER_KEY: 'own-key' });
  await writeFile(
    home.credentialsFile,
    JSON.stringify({ consumerKey: 'kept', consumerSecret: 'kept-secret' }),
  );
  await start();
  const { consumerKey, consumerSecret, shortCode } = fleet.status().credentials ?? {};
  assert.deepEqual([consumerKey, consumerSecret, shortCode], ['own-key', 'kept-secret', '174379']);
});

test('R12: while no process of the API serves, clients are answered in its form, and served again by the first that does', async (t) => {
  const { fleet, home, start } = await createFleet(t);
  await start();
  const { api, instances } = fleet.status();
  const apis = instances.filter(({ service }) => service === 'api');
  await Promise.all(apis.map(({ name }) => writeFile(join(home.directory, `crash-${name}`), '')));
  for (const { pid } of apis) process.kill(pid ?? 0, 'SIGKILL');
  const ask = async () => {
    // Two seconds without a process, then the start of the stand-in: on a busy machine that takes long.
    const signal = AbortSignal.timeout(20_000);
    const response = await fetch(`${api}/mpesa/stkpush/v1/processrequest`, {
      method: 'POST',
      body: '{}',
      signal,
    });
    return {
      status: response.status,
      retry: response.headers.get('retry-after'),
      text: await response.text(),
    };
  };
  const answer = await ask();
  assert.equal(answer.status, 500);
  assert.equal(JSON.parse(answer.text).errorCode, '500.003.02');
  assert.equal(answer.retry, '2');
  await Promise.all(apis.map(({ name }) => rm(join(home.directory, `crash-${name}`))));
  await until('a process of the API serves again', async () => /^api-[12]$/.test((await ask()).text));
  await until('the stand-in has gone', async () => {
    const left = await ofHome(home);
    return left.every(({ args }) => !args.includes('stand-in'));
  });
});
