import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlWorld } from '../../test/control/world.ts';
import { until } from '../../test/until.ts';

test('R18: a newcomer that refuses what is in force during an outage has it soon after, also when its process was killed', async () => {
  const world = await controlWorld();
  await world.startControl('control-1');
  const { testing, fleet } = await world.startFleet(2);
  await world.push({ limit: 7 });
  const { hash } = await world.reaches('shop-1', 'proved');
  await until('all have it for good', () => [testing, ...fleet].every(({ good }) => good === hash));

  const late = world.startAgent('api-3', 'production');
  late.tasteFault = () => 'auth.servers[0]: no answer';
  const refusals = () => late.told.filter(({ type }) => type === 'refused').length;
  await until('it has refused twice', () => refusals() === 2, { deadlineMs: 10_000 });
  const difference = async () => {
    const { body } = await world.call('GET', '/fleet/agreement');
    return Array.isArray(body.differences) ? JSON.stringify(body.differences) : '';
  };
  const seen = await until('it is shown', async () => {
    const text = await difference();
    return text.includes('refused it: auth.servers[0]: no answer; offered again in') && text;
  });
  assert.match(seen, /"instance":"api-3","environment":"production","runs":null.*"does":"offers"/);
  const asked = await world.call('POST', '/fleet/converge', { body: {} });
  assert.equal(asked.status, 200, JSON.stringify(asked.body));
  assert.equal(asked.body.agrees, false);
  late.reboot();
  await until('it is offered it again after its boot', () => refusals() > 2, { deadlineMs: 10_000 });
  assert.equal(late.running, null);
  late.tasteFault = () => undefined;
  await until('it has it for good', () => late.good === hash, { deadlineMs: 30_000 });
  await until('nobody differs any more', async () => (await difference()) === '[]');
});
