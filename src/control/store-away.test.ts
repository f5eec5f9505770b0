import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { cableTo } from '../../test/control/cable.ts';
import { controlWorld } from '../../test/control/world.ts';
import { runImara } from '../../test/stack/imara.ts';
import { until } from '../../test/until.ts';

const world = await controlWorld();
const cable = await cableTo(world.databaseUrl);
const { url } = await world.startControl('control-1', { through: cable.url });
after(cable.mend);

const asks = [
  ['GET', '/rollouts', undefined],
  ['GET', '/journal/verify', undefined],
  ['POST', '/releases', { change: { limit: 6 }, reason: 'r' }],
  ['POST', '/freezes', { to: '2999-01-01T00:00:00Z', reason: 'r' }],
] as const;

for (const broken of ['cut', 'hang'] as const) {
  test(`a store that is away (${broken}) is 503 unavailable to whoever asks, and no fault of control's`, async () => {
    cable[broken]();
    const answers = await Promise.all(
      asks.map(([method, path, body]) => world.call(method, path, body ? { body } : {})),
    );
    const error = { code: 'unavailable', message: 'the store does not answer; try again' };
    for (const answer of answers) assert.deepEqual(answer, { status: 503, body: { error } });
    cable.mend();
    await until('it answers again', async () => (await world.call('GET', '/rollouts')).status === 200);
  });
}

test('the command line says that the store is away, and that an undo works without it', async () => {
  cable.cut();
  const { exitCode, stderr } = await runImara(['rollout', 'list'], {
    IMARA_CONTROL_URL: url,
    IMARA_OPERATOR_TOKEN: world.people.wanjiru.token,
  });
  cable.mend();
  assert.equal(exitCode, 1);
  assert.match(stderr, /the store does not answer[\s\S]*`npx imara undo` works without it/);
});

test('a fault of control itself is none of the store', async () => {
  await until('it answers again', async () => (await world.call('GET', '/rollouts')).status === 200);
  await world.database.query('alter table control.freeze rename to freeze_lost');
  const { status, body } = await world.call('GET', '/freezes');
  await world.database.query('alter table control.freeze_lost rename to "freeze"');
  assert.equal(status, 500);
  assert.match(JSON.stringify(body), /internal/);
});
