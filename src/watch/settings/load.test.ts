import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadSettings, readToken } from './load.ts';
import { PAGE, settingsPage } from './page.ts';

const folder = await mkdtemp(join(tmpdir(), 'imara-settings-'));
after(() => rm(folder, { recursive: true, force: true }));

const whole = `
journal: journal
tokenFile: token
listen: { port: 4403 }
targets: [{ kind: http, name: shop, url: "http://shop.example/" }]
channels: [{ kind: webhook, name: duty, url: "https://duty.example/" }]
routes: { page: [{ channels: [duty] }] }
`;

async function loaded(...texts: string[]) {
  const files = texts.map((_, index) => join(folder, `${index}.yaml`));
  for (const [index, file] of files.entries()) await writeFile(file, texts[index] ?? '');
  return loadSettings(files);
}

test('what is left out has its built-in value, and paths are from the folder of the file', async () => {
  const { journal, targets, clearAfterMs, routes, name } = await loaded(whole);
  assert.equal(journal, join(folder, 'journal'));
  assert.equal(name, 'watch');
  assert.equal(clearAfterMs, 30_000);
  assert.deepEqual(targets, [
    {
      kind: 'http',
      name: 'shop',
      severity: 'page',
      url: 'http://shop.example/',
      everyMs: 250,
      timeoutMs: 400,
      below: 400,
    },
  ]);
  assert.deepEqual(routes, { page: [{ afterMs: 0, channels: ['duty'] }], ticket: [], note: [] });
});

test('a later file adds to the lists of an earlier one, and replaces single values', async () => {
  const more = `clearAfterMs: 5000\ntargets: [{ kind: tcp, name: bank, host: bank.example, port: 443 }]\n`;
  const { targets, clearAfterMs } = await loaded(whole, more);
  assert.deepEqual(
    targets.map(({ name }) => name),
    ['shop', 'bank'],
  );
  assert.equal(clearAfterMs, 5_000);
});

test('what is wrong is said with its key', async () => {
  const wrong = (text: string) =>
    loaded(text).then(
      () => 'taken',
      ({ message }: Error) => message.replaceAll(folder, ''),
    );
  assert.match(await wrong('journal: ['), /0\.yaml is no YAML/);
  assert.match(await wrong(whole.replace('tokenFile', 'tokenFiel')), /required.*tokenFile/);
  assert.match(await wrong(whole.replace('4403', 'x')), /listen\.port must be integer/);
  assert.match(await wrong(whole.replace('kind: http', 'kind: htpt')), /targets\.0/);
  assert.match(
    await wrong(whole.replace('channels: [duty] }', 'channels: [lead] }')),
    /routes\.page names the channel "lead"/,
  );
  const mailed = whole.replace(
    'kind: webhook, name: duty, url: "https://duty.example/"',
    'kind: smtp, name: duty, to: [a@b.example]',
  );
  assert.match(await wrong(mailed), /"duty" is sent by mail, and there is no server for it \(mail\)/);
  assert.match(await wrong(`${mailed}mail: { host: m, from: a@b.example, user: a }\n`), /belong together/);
  assert.match(await wrong(`${whole}name: ''\n`), /name must not have fewer than 1 characters/);
  await writeFile(join(folder, 'token'), 'two words');
  await assert.rejects(readToken(join(folder, 'token')), /more than one word/);
});

test('the reference is what the schema says', async () => {
  assert.equal(await readFile(PAGE, 'utf8'), settingsPage(), 'npm run reference writes it again');
});
