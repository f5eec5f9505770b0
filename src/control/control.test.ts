import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../test/until.ts';
import { verifyJournal } from './journal.ts';
import { controlWorld } from './testing/world.ts';

const world = await controlWorld();
await world.startControl('control-1');
const { testing, fleet } = await world.startFleet(4);

test('a change goes through testing, one instance, waves and bake to proved, and stays in every ring', async () => {
  const pushed = await world.push({ limit: 7 });
  assert.equal(pushed.status, 201, JSON.stringify(pushed.body));
  const view = await world.reaches('shop-1', 'proved');
  assert.deepEqual(view.receipts, ['test-1']);
  await until('everybody has it for good', () =>
    [testing, ...fleet].every((agent) => agent.good === view.hash),
  );
  const { body } = await world.call('GET', '/config');
  assert.deepEqual(body.document, { limit: 7, greeting: 'jambo', password: '••••••' });
  assert.deepEqual((await verifyJournal(world.database)).ok, true);
});
