import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { installation } from '../../../test/control/installation.ts';
import { runImara } from '../../../test/stack/imara.ts';

const { control, database, token, url } = await installation();
const forbidding = await installation({ allowsFaults: false, database });
const home = await mkdtemp(join(tmpdir(), 'imara-cli-faults-'));
after(() => rm(home, { recursive: true, force: true }));

const imara = (args: string[], at = { url, token }) =>
  runImara(['faults', ...args], {
    IMARA_HOME: home,
    IMARA_CONTROL_URL: at.url,
    IMARA_OPERATOR_TOKEN: at.token,
  });

test('one is set with flags, listed, and cleared', async () => {
  const set = await imara([
    'set',
    '--msisdn',
    '254700000001',
    '--result',
    '1032',
    '--times',
    '3',
    '--for',
    '10m',
  ]);
  assert.equal(set.exitCode, 0, set.stderr);
  assert.equal(set.stdout, 'cli\n');
  const listed = await imara(['list']);
  assert.match(listed.stdout, /^cli +until .* +0 +msisdn 254700000001 → result 1032$/m);
  const { faults } = JSON.parse((await imara(['list', '--json'])).stdout);
  assert.deepEqual([faults[0].rule.times, faults[0].over], [3, false]);
  assert.equal((await imara(['clear', 'cli'])).stdout, 'cli\n');
  assert.equal((await imara(['list'])).stderr, 'No fault is set.\n');
});

test('a scenario file is set as a whole, and --replace clears what was set', async () => {
  const file = join(home, 'scenario.yaml');
  await writeFile(
    file,
    `seed: 7
faults:
  - name: random
    when: { product: stk }
    chance: 0.2
    do: { answer: internal }
  - name: slow-balance
    when: { product: account-balance }
    do: { resultAfter: 10s }
`,
  );
  const checked = await imara(['set', file, '--check']);
  assert.deepEqual([checked.exitCode, checked.stdout], [0, '']);
  assert.equal((await imara(['set', file])).stdout, 'random\nslow-balance\n');
  assert.equal((await imara(['set', '--answer', 'busy', '--name', 'all', '--replace'])).stdout, 'all\n');
  const { faults } = JSON.parse((await imara(['list', '--json'])).stdout);
  assert.deepEqual(
    faults.map(({ name }: { name: string }) => name),
    ['all'],
  );
  await imara(['clear']);
});

test('what is wrong is told with its place and the nearest name, and nothing of it is set: status 3', async () => {
  const wrong = await imara(['set', '--product', 'stk', '--result', '1033']);
  assert.equal(wrong.exitCode, 3);
  assert.match(
    wrong.stderr,
    /faults\[0\]\.do\.result 1033 none of these products ends in 1033: did you mean 103/,
  );
  assert.equal((await imara(['set'])).exitCode, 2);
  const unknown = await imara(['clear', 'nothing']);
  assert.deepEqual([unknown.exitCode, /there is no fault nothing/.test(unknown.stderr)], [1, true]);
  const { rows } = await database.query('select from mpesa.fault');
  assert.equal(rows.length, 0);
});

test('where they may not be had none is set', async () => {
  const refused = await imara(['set', '--answer', 'busy'], forbidding);
  assert.equal(refused.exitCode, 4);
  assert.match(refused.stderr, /may not be had in this installation/);
});

test('R15: who set and cleared which is in the journal', async () => {
  const { rows } = await database.query(
    "select kind, subject, actor from control.journal where kind like 'fault.%' order by sequence limit 2",
  );
  assert.deepEqual(rows, [
    { kind: 'fault.set', subject: 'cli', actor: 'amina' },
    { kind: 'fault.cleared', subject: 'cli', actor: 'amina' },
  ]);
  assert.ok(control.ready());
});
