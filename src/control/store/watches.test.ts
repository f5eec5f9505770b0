import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlDatabase } from '../../../test/control/store.ts';
import { controlWorld } from '../../../test/control/world.ts';
import { until } from '../../../test/until.ts';
import { readJournal, verifyJournal } from './journal.ts';
import { heardWatch, listWatches, noteSilence } from './watches.ts';

const START = Date.UTC(2026, 10, 1, 9);
const SECOND = 1_000;
const beat = { person: 'watch', name: 'watch-1', version: '0.1.0', withinMs: 30 * SECOND };

/** Control on a clock that is moved: what it hears, and what it looks for once a second. */
async function begin() {
  const { database } = await controlDatabase();
  let now = START;
  const look = (control: string, hearsSince: number) => noteSilence(database, { control, now, hearsSince });
  const rows = async () =>
    (await readJournal(database, { limit: 100 })).map(({ kind, subject, actor, at, data }) => ({
      ...{ kind, subject, actor, after: at - START },
      silentMs: Reflect.get(Object(data), 'silentMs'),
    }));
  return {
    database,
    look,
    rows,
    hear: (change = {}) => heardWatch(database, { ...beat, ...change }, now),
    pass(seconds: number) {
      now += seconds * SECOND;
    },
    list: () => listWatches(database, now),
  };
}

test('R10: a watch that is silent for 30 s is written down once, by whichever process is first, and so is that it is back', async () => {
  const { database, hear, pass, look, rows, list } = await begin();
  await hear();
  for (let second = 0; second < 30; second += 1) {
    await look('control-1', START);
    pass(1);
  }
  await look('control-1', START);
  assert.deepEqual(await rows(), [], 'it has not been silent for longer than it said');
  pass(1);
  await Promise.all(['control-1', 'control-2', 'control-3'].map((control) => look(control, START)));
  const [silent, ...more] = await rows();
  assert.deepEqual(more, [], 'once, of three processes');
  assert.match(silent?.actor ?? '', /^control:control-[123]$/);
  assert.deepEqual(
    [silent?.kind, silent?.subject, silent?.silentMs, silent?.after],
    ['watch.silent', 'watch-1', 31_000, 31_000],
  );
  assert.equal((await list())[0]?.silentSince, START + 31_000);
  pass(60);
  await look('control-1', START);
  assert.equal((await rows()).length, 1, 'its silence goes on, and is no second one');

  await hear();
  await hear();
  const [, back, ...rest] = await rows();
  assert.deepEqual(rest, []);
  assert.deepEqual(
    [back?.kind, back?.actor, back?.silentMs, back?.after],
    ['watch.back', 'watch', 91_000, 91_000],
  );
  assert.equal((await list())[0]?.silentSince, null);
  pass(31);
  await look('control-2', START);
  assert.deepEqual(
    (await rows()).map(({ kind }) => kind),
    ['watch.silent', 'watch.back', 'watch.silent'],
    'and it may die again',
  );
  assert.equal((await verifyJournal(database)).ok, true);
});

test('R10: what control could not hear is no silence: it counts from when it could', async () => {
  const { hear, pass, look, rows } = await begin();
  await hear();
  pass(300);
  await look('control-1', START + 280 * SECOND);
  assert.deepEqual(await rows(), [], 'control began 20 s ago');
  pass(11);
  await look('control-1', START + 280 * SECOND);
  assert.equal((await rows())[0]?.silentMs, 311_000);
});

test('beats of one person do not stand for the watch of another, and a lost token fills no table', async () => {
  const { hear, pass, look, rows, list } = await begin();
  await hear();
  pass(20);
  await hear({ person: 'juma' });
  pass(11);
  await look('control-1', START);
  assert.deepEqual(
    (await rows()).map(({ kind, after }) => [kind, after]),
    [['watch.silent', 31_000]],
  );
  for (let count = 0; count < 98; count += 1) assert.ok(await hear({ name: `other-${count}` }));
  assert.equal(await hear({ name: 'one too many' }), false);
  assert.equal(await hear(), true, 'those that are known are heard all the same');
  assert.equal((await list()).length, 100);
});

test('R10: control takes beats with the token of a viewer, and looks for silence by itself', async () => {
  const world = await controlWorld();
  await world.startControl('control-1');
  const by = world.people.viewer;
  const body = { from: 'watch-1', withinMs: 500, version: '0.1.0', lastCheckAt: null, queues: { store: 0 } };
  const send = async () => (await world.call('POST', '/watches/beats', { by, body })).status;
  assert.equal(await send(), 200);
  assert.equal((await world.call('POST', '/watches/beats', { by, body: { from: 'watch-1' } })).status, 400);
  const kinds = async () =>
    (await readJournal(world.database, { limit: 100, subject: 'watch-1' })).map(({ kind }) => kind);
  await until('its silence is written', async () => (await kinds()).includes('watch.silent'));
  assert.equal(await send(), 200);
  assert.deepEqual((await kinds()).slice(0, 2), ['watch.silent', 'watch.back']);
  const { status, body: answer } = await world.call('GET', '/watches', { by });
  assert.equal(status, 200);
  const [watch] = JSON.parse(JSON.stringify(answer)).watches;
  assert.deepEqual([watch.name, watch.person, watch.withinMs], ['watch-1', by.name, 500]);
});
