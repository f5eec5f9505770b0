import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { controlWorld, type Person } from '../../../test/control/world.ts';
import { runImara } from '../../../test/stack/imara.ts';
import { until } from '../../../test/until.ts';

const world = await controlWorld();
const { url } = await world.startControl('control-1');
const { testing, fleet } = await world.startFleet(3);
const home = await mkdtemp(join(tmpdir(), 'imara-cli-control-'));
after(() => rm(home, { recursive: true, force: true }));

function imara(args: string[], by: Person = world.people.wanjiru) {
  return runImara(args, {
    IMARA_HOME: home,
    IMARA_CONTROL_URL: url,
    IMARA_OPERATOR_TOKEN: by.token,
  });
}

async function file(name: string, content: string): Promise<string> {
  const path = join(home, name);
  await writeFile(path, content);
  return path;
}

test('a change is shown and priced before it is pushed, and its secrets are not', async () => {
  const change = await file('change.yaml', 'limit: 7\npassword: new-secret\n');
  const diff = await imara(['config', 'diff', change]);
  assert.equal(diff.stdout, '- limit: 5\n+ limit: 7\n- password: "••••••"\n+ password: "••••••"\n');
  assert.equal(diff.exitCode, 0);
  const valid = await imara(['config', 'validate', change]);
  assert.equal(valid.exitCode, 0);
  assert.match(valid.stderr, /wave 1 {2}first +1 /);
  assert.doesNotMatch(diff.stderr + valid.stdout + valid.stderr, /new-secret/);
});

test('what is wrong is told by key, value and reason, and nothing is pushed: status 3', async () => {
  const bad = await file('bad.json', '{"limit": 13}');
  for (const args of [
    ['validate', bad],
    ['push', bad, '--reason', 'luck'],
  ]) {
    const { stderr, exitCode } = await imara(['config', ...args]);
    assert.equal(exitCode, 3);
    assert.match(stderr, /limit 13 is unlucky \(testing, production\): take another/);
  }
  assert.equal((await imara(['config', 'history'])).stderr, 'There is no release yet.\n');
});

test('a file that is none, is not YAML or holds no object is an error of usage', async () => {
  for (const path of [join(home, 'none'), await file('x', 'a: ['), await file('y', '- 1')]) {
    assert.equal((await imara(['config', 'diff', path])).exitCode, 2);
  }
  const typed = await imara(['config', 'push', await file('z', 'limit: .nan\ngreeting:'), '--reason', 'r']);
  assert.equal(typed.exitCode, 2);
  assert.match(
    typed.stderr,
    /line 1, column 8: \.nan is not a number[\s\S]*line 2, column 1: the key has no value/,
  );
});

test('a file of 50 MB is refused at once, with the most there may be', async () => {
  const path = join(home, 'large.yaml');
  await writeFile(path, `greeting: "${'x'.repeat(50_000_000)}"`);
  const from = performance.now();
  const refused = await imara(['config', 'push', path, '--reason', 'r']);
  assert.equal(refused.exitCode, 2);
  assert.match(refused.stderr, /larger than 262,144 bytes/);
  assert.ok(performance.now() - from < 5_000, 'it was read and parsed');
});

test('what is refused is an object too where --json asks for one', async () => {
  const wrong = await file('wrong', 'limt: 3');
  for (const command of [
    ['config', 'push', wrong, '--reason', 'r', '--json'],
    ['config', 'validate', wrong, '--json'],
  ]) {
    const { exitCode, stdout } = await imara(command);
    assert.equal(exitCode, 3);
    assert.match(JSON.stringify(JSON.parse(stdout).problems), /"path":"limt".*did you mean limit\?/);
  }
});

test('push --wait follows the rollout to its end, a line at each change: status 0 when it is proved', async () => {
  const change = join(home, 'change.yaml');
  const pushed = await imara(['config', 'push', change, '--reason', 'a better limit', '--wait']);
  assert.equal(pushed.exitCode, 0, pushed.stderr);
  assert.match(pushed.stdout, /^- limit: 5$[\s\S]*^shop-1$/m);
  assert.match(pushed.stderr, /^shop-1 .*wave \d of \d/m);
  assert.match(pushed.stderr, /^shop-1 proved$/m);
  const lines = pushed.stderr.split('\n');
  assert.ok(lines.every((line, index) => line === '' || line !== lines[index + 1]));
  assert.doesNotMatch(pushed.stdout + pushed.stderr, /new-secret/);
  assert.equal(stripVTControlCharacters(pushed.stderr), pushed.stderr, 'nothing is redrawn in a pipe');
  const shown = await imara(['config', 'show']);
  assert.equal(shown.stdout, 'limit: 7\ngreeting: jambo\npassword: ••••••\n');
  assert.match(
    (await imara(['config', 'history'])).stdout,
    /^1 +proved, in force .* wanjiru +a better limit$/m,
  );
});

test('the same again is no release, and --json says so', async () => {
  const again = await imara(['config', 'push', join(home, 'change.yaml'), '--reason', 'again', '--json']);
  assert.equal(again.exitCode, 0);
  assert.equal(JSON.parse(again.stdout).unchanged, true);
});

test('push --wait of what is refused in testing ends with status 3 and the reason', async () => {
  testing.tasteFault = ({ content }) => (content.limit === 66 ? 'limit: nobody answers at 66' : undefined);
  const path = await file('refused.yaml', 'limit: 66\n');
  const { stdout, stderr, exitCode } = await imara([
    'config',
    'push',
    path,
    '--reason',
    'x',
    '--wait',
    '--json',
  ]);
  assert.equal(exitCode, 3);
  assert.equal(JSON.parse(stdout).rollout.phase, 'rolled_back');
  const { error } = JSON.parse(stderr);
  assert.equal(error.what, 'shop-2 is rolled back.');
  assert.match(error.why, /limit: nobody answers at 66$/);
  assert.equal((await imara(['rollout', 'status'])).exitCode, 3);
});

test('a freeze holds the wave; the wait gives up with status 5 and the rollout goes on; abort takes it back', async () => {
  const frozen = await imara(['freeze', '--reason', 'an audit', '--until', '2h']);
  assert.equal(frozen.exitCode, 0, frozen.stderr);
  const path = await file('frozen.yaml', 'limit: 8\n');
  const waited = await imara(['config', 'push', path, '--reason', 'x', '--wait', '--timeout', '3']);
  assert.equal(waited.exitCode, 5);
  assert.match(waited.stderr, /shop-3 was not over within 3 s: it is waiting for the end of a freeze\n/);
  const busy = await imara(['config', 'push', path, '--reason', 'x']);
  assert.equal(busy.exitCode, 3);
  assert.match(busy.stderr, /shop-3 is on its way/);
  const aborted = await imara(['rollout', 'abort', 'shop-3', '--reason', 'changed my mind', '--json']);
  assert.equal(aborted.exitCode, 0, aborted.stderr);
  await world.reaches('shop-3', 'aborted', 'rolled_back');
  const thawed = await imara(['unfreeze', '--json']);
  assert.deepEqual(
    JSON.parse(thawed.stdout).ended.map(({ id }: { id: string }) => id),
    [frozen.stdout.trim()],
  );
  assert.equal((await imara(['freeze', '--reason', 'x', '--until', 'yesterday'])).exitCode, 2);
});

test('rollouts are listed, and watched to their end; --json is a line at each change', async () => {
  const path = await file('watched.yaml', 'limit: 9\n');
  assert.equal((await imara(['config', 'push', path, '--reason', 'nine'])).exitCode, 0);
  const watched = await imara(['rollout', 'watch', '--json']);
  assert.equal(watched.exitCode, 0, watched.stderr);
  const views = watched.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(views.at(-1).phase, 'proved');
  assert.match((await imara(['rollout', 'list'])).stdout, /^shop-4 +proved +\S+ \S+Z +wanjiru +nine$/m);
  const status = await imara(['rollout', 'status', 'shop-4']);
  assert.match(status.stdout, /✓ wave 1[\s\S]* api-1 +production +cell-0 +proved/);
  assert.equal((await imara(['rollout', 'approve', 'shop-4'], world.people.amina)).exitCode, 3);
  assert.equal((await imara(['rollout', 'promote', 'shop-4'])).exitCode, 3);
  assert.equal((await imara(['rollout', 'watch', 'shop-99'])).exitCode, 1);
});

test('R6: anybody undoes, in a freeze, and the command stays until it is done', async () => {
  await imara(['freeze', '--reason', 'the holidays']);
  const before = (await world.rollout('shop-4')).undoTo;
  const undone = await imara(['undo', '--reason', 'it smells'], world.people.viewer);
  assert.equal(undone.exitCode, 0, undone.stderr);
  assert.equal(undone.stdout, 'shop-4 taken back\n');
  await until('all are back', () => fleet.every((agent) => agent.running === before));
  const nowhere = await imara(['undo', '--to', '99']);
  assert.match(nowhere.stderr, /there is no release 99/);
});

test('R15: the journal is shown, newest rows last, and proved', async () => {
  const rowsOf = async (most: string) =>
    JSON.parse((await imara(['journal', '--json', '-n', most, '--subject', 'shop-4'])).stdout).rows;
  assert.equal((await rowsOf('3')).length, 3);
  const rows: { sequence: number; kind: string; data: { to?: string } }[] = await rowsOf('50');
  assert.ok(rows.every(({ sequence }, index) => index === 0 || sequence > (rows[index - 1]?.sequence ?? 0)));
  // What instances said late may stand behind it.
  assert.equal(rows.findLast(({ kind }) => kind === 'rollout.phase')?.data.to, 'rolled_back');
  assert.match((await imara(['journal', '-n', '500'])).stdout, /^1 .*\n[\s\S]*operator\.freeze/m);
  const verified = await imara(['journal', 'verify', '--json']);
  assert.equal(JSON.parse(verified.stdout).ok, true);
  await world.database.query('alter table control.journal disable trigger all');
  await world.database.query(`update control.journal set actor = 'nobody' where sequence = 2`);
  const broken = await imara(['journal', 'verify']);
  assert.equal(broken.exitCode, 1);
  assert.match(broken.stderr, /Row 2 of the journal was changed after it was written/);
});

test('a token is needed, and one that may: status 4', async () => {
  const { viewer } = world.people;
  const path = join(home, 'frozen.yaml');
  assert.equal((await imara(['config', 'push', path, '--reason', 'x'], viewer)).exitCode, 4);
  assert.equal((await imara(['rollout', 'list'], { name: 'x', token: 'wrong' })).exitCode, 4);
  const none = await runImara(['rollout', 'list'], { IMARA_HOME: home, IMARA_CONTROL_URL: url });
  assert.equal(none.exitCode, 4);
  await file('token', `${viewer.token}\n`);
  const named = await runImara(
    ['rollout', 'list', '--control', url, '--token-file', join(home, 'token'), '--json'],
    { IMARA_HOME: home },
  );
  assert.equal(JSON.parse(named.stdout).rollouts.length, 4);
});
