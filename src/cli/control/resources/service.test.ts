import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { controlWorld } from '../../../../test/control/world.ts';
import { runImara } from '../../../../test/stack/imara.ts';

const { people, startControl } = await controlWorld();
const { url } = await startControl('control-1');
const home = await mkdtemp(join(tmpdir(), 'imara-cli-service-'));
after(() => rm(home, { recursive: true, force: true }));

const definition = {
  service: 'quotes',
  id: 'quotes/1',
  schema: {
    type: 'object',
    properties: { limit: { type: 'integer', minimum: 1 } },
    additionalProperties: false,
  },
  environments: ['testing', 'production'],
  builtIn: { limit: 3 },
};

function service(...args: string[]) {
  const environment = {
    IMARA_HOME: home,
    IMARA_CONTROL_URL: url,
    IMARA_OPERATOR_TOKEN: people.amina.token,
  };
  return runImara(['service', ...args], environment);
}

async function add(content: object | string) {
  const file = join(home, 'quotes.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return service('add', file);
}

test('what `service show` prints is what `service add` takes, and a token, a key and the keys to trust are printed', async () => {
  assert.equal((await add(definition)).stdout, 'quotes\n');
  const shown = await service('show', 'quotes');
  assert.deepEqual(JSON.parse(shown.stdout), definition);
  assert.match((await add(shown.stdout)).stderr, /^Changed\./);
  assert.match((await service('token', 'quotes')).stdout, /^imara_\S+\n$/);
  assert.match((await service('key', 'quotes', '--instance', 'q-1')).stdout, /^-----BEGIN PRIVATE KEY-----/);
  const trusted: { owner: string }[] = JSON.parse((await service('trust', 'quotes')).stdout);
  assert.ok(trusted.some(({ owner }) => owner === 'q-1'));
});

test('a file that is none of a service is refused with every key that is wrong, and what to write', async () => {
  const cases: [object | string, number, RegExp][] = [
    ['service: [', 2, /is not taken[\s\S]*npx imara service show NAME/],
    [
      { service: 'quotes' },
      3,
      /id is missing: .*quotes\/1; schema is missing.*; environments .*; builtIn is missing/,
    ],
    [{ ...definition, service: 'Quotes' }, 3, /service must match .*: its name: small letters/],
    [{ ...definition, builtin: {} }, 3, /builtin is not a key here: did you mean builtIn\?/],
    [{ ...definition, schema: { type: 'array' } }, 3, /schema\.type is not "object"/],
    [
      { ...definition, schema: { type: 'object', properties: { limit: { type: 'int' } } } },
      3,
      /schema\.properties\.limit\.type "int" is no type: types are object, .*integer/,
    ],
    [{ ...definition, builtIn: { limit: 0 } }, 3, /builtIn\.limit must be >= 1/],
  ];
  for (const [content, status, says] of cases) {
    const { exitCode, stderr } = await add(content);
    assert.match(stderr, says);
    assert.equal(exitCode, status);
  }
});

test('a service, an environment or an instance that cannot be is named, with those that can', async () => {
  const cases: [string[], RegExp][] = [
    [['show', 'quote'], /there is no service quote: services are shop, quotes/],
    [['trust', 'shop'], /shop is built in/],
    [['token', 'quote'], /there is no service quote/],
    [['key', 'quotes', '--instance', 'q-1', '--environment', 'staging'], /quotes has no environment staging/],
    [['key', 'quotes', '--instance', 'q 1'], /has letters, digits/],
    [['list', '--service', 'quotes'], /unknown option '--service'/],
  ];
  for (const [args, says] of cases) {
    const { exitCode, stderr } = await service(...args);
    assert.match(stderr, says);
    assert.notEqual(exitCode, 0);
  }
});
