import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { requiredVariable, variable } from './read.ts';
import { type Variable, variables } from './variables.ts';

const own = /^src\/platform\/environment\//;
const sources = globSync('src/**/*.ts')
  .filter((file) => !own.test(file) && !file.endsWith('.test.ts') && !file.includes('/fixtures/'))
  .map((file) => ({ file, part: file.split('/')[1], text: readFileSync(file, 'utf8') }));

const known: [string, Variable][] = Object.entries(variables);

test('who is said to read a variable does, and nobody else', () => {
  const readBy = new Map(known.map(([name]) => [name, new Set<string | undefined>()]));
  for (const { part, text } of sources) {
    for (const [, name = ''] of text.matchAll(/(?:[vV]ariable|\.env)\(\s*'(\w+)'/g))
      readBy.get(name)?.add(part);
  }
  for (const [name, { readBy: said }] of known)
    assert.deepEqual([...(readBy.get(name) ?? [])].sort(), [...said].sort(), name);
});

test('no variable is read, set or named that the table does not have', () => {
  const files = known.flatMap(([name, { orFile }]) => (orFile ? [name, `${name}_FILE`] : [name]));
  const documented = new Set(files);
  for (const { file, text } of sources) {
    for (const [name] of text.matchAll(/\bIMARA_[A-Z_]*[A-Z]\b/g))
      assert.ok(documented.has(name), `${file}: ${name}`);
    assert.doesNotMatch(text, /\benv(ironment)?(\.|\[')(IMARA_|DATABASE_URL)/, `${file} reads by itself`);
  }
});

test('a value is of its kind; what is wrong is named, with what to write', () => {
  const env = {
    IMARA_PORT: '8080',
    IMARA_AUTH_SERVERS: 'http://a,,http://b',
    IMARA_HOST: '',
    IMARA_SOCKET_FD: '2',
  };
  assert.equal(variable('IMARA_PORT', env), 8_080);
  assert.deepEqual(variable('IMARA_AUTH_SERVERS', env), ['http://a', 'http://b']);
  assert.equal(variable('IMARA_HOST', env), undefined, 'empty is not set');
  assert.throws(() => variable('IMARA_SOCKET_FD', env), {
    message: 'the environment variable IMARA_SOCKET_FD is "2"; write the number of an inherited socket',
  });
  assert.throws(
    () => variable('IMARA_PROFILE', { IMARA_PROFILE: 'mine' }),
    /is "mine"; write local or server/,
  );
  assert.throws(() => requiredVariable('IMARA_TLS_KEY', { IMARA_TLS_KEY: '' }), /IMARA_TLS_KEY is not set/);
  for (const wrong of ['-1', '65536', '1.5', 'http'])
    assert.throws(() => variable('IMARA_PORT', { IMARA_PORT: wrong }), /0 to 65535/);
});
