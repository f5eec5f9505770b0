import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlWorld } from '../../test/control/world.ts';
import { until } from '../../test/until.ts';

test('R6: who was away while all was undone is told when it is back, whatever was pushed meanwhile', async () => {
  const world = await controlWorld();
  const before = await world.startControl('control-1');
  const { testing, fleet } = await world.startFleet(3);
  const [away, ...others] = fleet;
  assert.ok(away !== undefined);
  await world.push({ limit: 7 });
  const { hash } = await world.reaches('shop-1', 'proved');
  await until('all have it for good', () => [testing, ...fleet].every(({ good }) => good === hash));

  away.cutOff = true;
  const since = performance.now();
  // Longer than control waits for a silent instance: it sends no undo to one that has left.
  await until('it is given up', () => performance.now() - since > 4_000);
  await world.call('POST', '/undo', { body: { reason: 'it smells' } });
  await world.reaches('shop-1', 'rolled_back');
  testing.tasteFault = () => 'limit: nobody can bear it';
  await world.push({ limit: 8 });
  await world.reaches('shop-2', 'rolled_back');
  assert.equal(away.running, hash);

  // Nor does the leader of that time know it.
  await before.stop();
  const { control } = await world.startControl('control-2');
  await until('another leads', () => control.leads());
  away.cutOff = false;
  await until('it serves with what is built in', () => away.running === null);
  assert.ok(others.every(({ running }) => running === null));
});
