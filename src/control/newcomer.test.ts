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
  late.reboot();
  await until('it is offered it again after its boot', () => refusals() > 2, { deadlineMs: 10_000 });
  assert.equal(late.running, null);
  late.tasteFault = () => undefined;
  await until('it has it for good', () => late.good === hash, { deadlineMs: 30_000 });
});
