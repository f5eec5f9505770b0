import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { answered } from '../../../test/control/answers.ts';
import { controlWorld } from '../../../test/control/world.ts';
import { newKeyPair } from '../../rollout/signed/signature.ts';
import { directoryOperations, operations } from './operations.ts';

const world = await controlWorld({ people: 1, confirmWaves: true });
await world.startControl('control-1');
await world.startFleet(3);
const { amina, wanjiru } = world.people;
const reason = 'to be seen';

async function done(method: string, path: string, body?: object, by = amina): Promise<object> {
  const answer = await world.call(method, path, { by, ...(body && { body }) });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

test('what is read while nothing is in force is answered as the schemas say', async () => {
  for (const path of ['/whoami', '/config', '/config/diff', '/releases', '/rollouts', '/undo', '/fleet'])
    await done('GET', path);
  for (const path of ['/fleet/agreement', '/alarms', '/journal', '/journal/verify', '/freezes', '/operators'])
    await done('GET', path);
  await done('GET', '/services');
  await done('POST', '/watches/beats', { from: 'watch-1', withinMs: 30_000, version: '0.1.0' });
  await done('GET', '/watches');
  await done('POST', '/fleet/converge', {});
  await done('POST', '/config/validate', { change: { limit: 13 } });
});

test('a release on its way, approved, promoted, proved and undone is answered as the schemas say', async () => {
  await done('POST', '/config/validate', { change: { limit: 7 } });
  await done('POST', '/releases', { change: { limit: 7 }, reason }, wanjiru);
  await world.reaches('shop-1', 'awaiting_approval');
  await done('POST', '/rollouts/shop-1/approve', {});
  for (let wave = 0; wave < 10; wave += 1) {
    const { phase } = await world.reaches('shop-1', 'waiting', 'proved');
    if (phase === 'proved') break;
    await done('GET', '/rollouts');
    await done('POST', '/rollouts/shop-1/promote', {});
    await world.reaches('shop-1', 'wave', 'bake', 'rest', 'proved');
  }
  await world.reaches('shop-1', 'proved');
  for (const path of [
    '/rollouts/shop-1',
    '/config?release=1',
    '/releases',
    '/config/diff',
    '/undo',
    '/fleet',
  ])
    await done('GET', path);
  for (const path of ['/fleet/agreement', '/alarms', '/journal?last=500']) await done('GET', path);
  await done('POST', '/releases', { change: { limit: 7 }, reason }, wanjiru);
  await done('POST', '/undo', { reason });
  await world.reaches('shop-1', 'rolled_back');
  await done('GET', '/undo');
  await done('GET', '/rollouts/shop-1');
});

test('what is offered again, refused by a person and ended is answered as the schemas say', async () => {
  await done('POST', '/redo', { reason });
  await world.reaches('shop-2', 'awaiting_approval');
  await done('POST', '/rollouts/shop-2/reject', { reason });
  await world.reaches('shop-2', 'rolled_back');
  await done('POST', '/releases', { change: { limit: 9 }, reason });
  await done('POST', '/rollouts/shop-3/abort', { reason });
  await world.reaches('shop-3', 'rolled_back', 'aborted');
  await done('GET', '/rollouts');
});

test('freezes, operators and services are answered as the schemas say', async () => {
  await done('POST', '/freezes', { to: '2999-01-01T00:00:00Z', reason });
  const [freeze] = JSON.parse(JSON.stringify(await done('GET', '/freezes'))).freezes;
  await done('DELETE', `/freezes/${freeze.id}`);
  await done('POST', '/operators', { name: 'otieno', role: 'editor' });
  await done('POST', '/operators/otieno/rotate');
  await done('DELETE', '/operators/otieno');
  const definition = {
    service: 'quotes',
    id: 'quotes/1',
    schema: { type: 'object', properties: { rate: { type: 'integer' } }, required: ['rate'] },
    environments: ['testing', 'production'],
    builtIn: { rate: 1 },
  };
  await done('POST', '/services', definition);
  await done('POST', '/services', { ...definition, rollouts: { approvals: 1 } });
  await done('POST', '/services/quotes/tokens', {});
  const { publicKey } = newKeyPair();
  await done('POST', '/services/quotes/keys', { instance: 'q-1', environment: 'testing', publicKey });
  await done('GET', '/services/quotes');
});

after(() => {
  // Those are answered in the test of their directories; and that of a stream is no JSON.
  const elsewhere = { ...directoryOperations, 'GET /rollouts/:id/watch': true };
  const here = Object.keys(operations).filter((key) => !(key in elsewhere));
  assert.deepEqual(
    here.filter((key) => !answered.has(key)),
    [],
    'no answer of these was seen',
  );
});
