import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cableTo } from '../../test/control/cable.ts';
import { controlWorld } from '../../test/control/world.ts';
import { until } from '../../test/until.ts';
import { readJournal, verifyJournal } from './store/journal.ts';

const world = await controlWorld();
const cable = await cableTo(world.databaseUrl);
const one = await world.startControl('control-1');
const { testing, fleet } = await world.startFleet(4);
const everybody = [testing, ...fleet];
const two = await world.startControl('control-2');

test('two control processes: one leads, both take orders, each decision is made once', async () => {
  await until('the second knows who leads', async () => {
    const response = await fetch(`${two.url}/leader`);
    return response.status === 503 && JSON.stringify(await response.json()).includes('control-1');
  });
  const pushed = await world.call('POST', '/releases', {
    at: two.url,
    body: { change: { limit: 7 }, reason: 'asked of the one that does not lead' },
  });
  assert.equal(pushed.status, 201, JSON.stringify(pushed.body));
  await world.reaches('shop-1', 'proved');
  const rows = await readJournal(world.database, { limit: 1_000, subject: 'shop-1' });
  const phases = rows.filter(({ kind }) => kind === 'rollout.phase');
  assert.ok(phases.every(({ actor }) => actor === 'control:control-1'));
  const to = phases.map(({ data }) => Object(data).to);
  assert.equal(to.filter((phase) => phase === 'proved').length, 1);
});

test('R5: the leader is killed in the middle of a wave; another goes on with it, and nothing is taken back', async () => {
  await world.push({ limit: 8 });
  await world.reaches('shop-2', 'wave', 'bake');
  await one.kill();
  const view = await world.reaches('shop-2', 'proved');
  await until('all have it', () => everybody.every(({ good }) => good === view.hash));
  const rows = await readJournal(world.database, { limit: 1_000, subject: 'shop-2' });
  const leaders = new Set(rows.map(({ actor }) => actor).filter((actor) => actor.startsWith('control:')));
  assert.deepEqual([...leaders], ['control:control-1', 'control:control-2']);
  assert.ok(!rows.some(({ kind }) => kind === 'agent.lease_lost'));
  assert.equal((await verifyJournal(world.database)).ok, true);
});

test('R6: PostgreSQL gone in the middle of a wave: undo is done at once, and written when it is back', async () => {
  const three = await world.startControl('control-3', { through: cable.url });
  await two.stop();
  await until('the third leads', () => three.control.leads());
  const { hash: before } = await world.rollout('shop-2');
  await world.push({ limit: 9 });
  const { hash } = await world.reaches('shop-3', 'wave');
  await until('one has it', () => fleet.some(({ running }) => running === hash));
  cable.cut();
  const begun = performance.now();
  const undone = await world.call('POST', '/undo', { body: { reason: 'the store is gone' } });
  assert.equal(undone.status, 202, JSON.stringify(undone.body));
  assert.equal(undone.body.written, false);
  assert.ok(Number(undone.body.told) >= 2);
  await until('everybody is back', () => everybody.every(({ running }) => running === before));
  assert.ok(performance.now() - begun < 10_000);
  cable.mend();
  const view = await world.reaches('shop-3', 'rolled_back');
  assert.match(view.because ?? '', /undone by wanjiru: the store is gone|lost its lease/);
  await until('it is in the journal', async () => {
    const rows = await readJournal(world.database, { limit: 1_000, subject: 'shop-3' });
    return rows.some(({ kind }) => kind === 'rollout.undo');
  });
  assert.equal((await verifyJournal(world.database)).ok, true);
});

test('R5: PostgreSQL gone in the middle of a wave for longer than the lease: each instance goes back by itself', async () => {
  const before = fleet[0]?.running;
  await world.push({ limit: 10 });
  const { hash } = await world.reaches('shop-4', 'wave');
  await until('one has it', () => fleet.some(({ running }) => running === hash));
  cable.cut();
  await until('it went back', () => everybody.every(({ running }) => running === before));
  cable.mend();
  await world.reaches('shop-4', 'rolled_back');
});
