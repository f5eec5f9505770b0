import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backUp } from '../../test/control/backup.ts';
import { controlWorld } from '../../test/control/world.ts';
import { until } from '../../test/until.ts';
import type { JsonObject } from '../config/canonical.ts';
import { readJournal } from './store/journal.ts';

/** Control and fleet agree within so long after the last fault. */
const AGREE_MS = 30_000;

async function installation() {
  const world = await controlWorld({ people: 1 });
  await world.startControl('control-1');
  const { testing, fleet } = await world.startFleet(3);
  const all = [testing, ...fleet];
  const serve = (hash: string | null, what: string) =>
    until(
      `everybody serves with ${what}`,
      () => all.every(({ running, good }) => running === hash && good === hash),
      {
        deadlineMs: AGREE_MS,
      },
    );
  return {
    ...world,
    all,
    fleet,
    serve,
    async prove(change: JsonObject) {
      const rollout = await until('it is pushed', async () => {
        const { status, body } = await world.push(change);
        return status === 201 && typeof body.rollout === 'object' && body.rollout !== null
          ? String(Reflect.get(body.rollout, 'id'))
          : undefined;
      });
      await world.reaches(rollout, 'awaiting_approval');
      await world.call('POST', `/rollouts/${rollout}/approve`, { by: world.people.amina, body: {} });
      const { hash } = await world.reaches(rollout, 'proved');
      await serve(hash, rollout);
      return { rollout, hash };
    },
    /** By the store; it may be away. */
    inForce: async () => {
      const { rows } = await world.database
        .query<{ hash: string }>(
          `select release.hash from control.service join control.rollout on rollout.id = current_rollout
            join control.release on release.service = rollout.service and release.sequence = rollout.sequence`,
        )
        .catch(() => ({ rows: [] }));
      return rows[0]?.hash;
    },
  };
}

test('R18: a store that was put back to before a release takes it from the instances into its books, and goes on', async () => {
  const world = await installation();
  await world.prove({ limit: 7 });
  const backup = await backUp(world.databaseUrl);
  const lost = await world.prove({ limit: 8 });
  const switched = world.all.map(({ switchedAt }) => switchedAt.get(lost.hash));
  await backup.restore();
  await until('control has it in force', async () => (await world.inForce()) === lost.hash, {
    deadlineMs: AGREE_MS,
  });
  await world.serve(lost.hash, 'what it had');
  assert.deepEqual(
    world.all.map(({ switchedAt }) => switchedAt.get(lost.hash)),
    switched,
    'nobody left it meanwhile',
  );
  const rows = await readJournal(world.database, { limit: 1_000 });
  assert.equal(rows.filter(({ kind }) => kind === 'store.behind').length, 1);
  assert.deepEqual(
    rows.filter(({ kind }) => kind === 'release.adopted').map(({ subject }) => subject),
    [lost.rollout],
  );
  assert.doesNotMatch(JSON.stringify(rows), /old-secret/, 'a release that was shown is not journalled');

  // R2: also to one that was never there, with the receipts and approvals that a newcomer insists on.
  const late = world.startAgent('api-9', 'production');
  await until('a newcomer has it', () => late.good === lost.hash, { deadlineMs: AGREE_MS });
  const next = await world.prove({ limit: 9 });
  assert.equal(next.rollout, 'shop-e2-3', 'no name is given twice');
  await world.call('POST', '/undo', { body: { reason: 'it smells' } });
  await world.serve(lost.hash, 'what was adopted');
});

test('R6 R18: an undo that a restored store does not know of is done again, and the next push is no older order', async () => {
  const world = await installation();
  const kept = await world.prove({ limit: 7 });
  const taken = await world.prove({ limit: 8 });
  const backup = await backUp(world.databaseUrl);
  await world.call('POST', '/undo', { body: { reason: 'it smells' } });
  await world.serve(kept.hash, 'the one before');
  await backup.restore();
  await until('control has the one before in force', async () => (await world.inForce()) === kept.hash, {
    deadlineMs: AGREE_MS,
  });
  await world.serve(kept.hash, 'the one before');
  assert.match((await world.rollout(taken.rollout)).because ?? '', /which control did not know/);
  await world.prove({ limit: 9 });
});

test('R7 R18: what is pushed on a store that was just put back is made of, and undone to, what the fleet had', async () => {
  const world = await installation();
  await world.prove({ limit: 7 });
  const backup = await backUp(world.databaseUrl);
  const lost = await world.prove({ limit: 8, greeting: 'habari' });
  await backup.restore();
  // Said until it is taken: before the release that was lost is adopted, it is refused by name.
  const refusals: string[] = [];
  const pushed = await until('it is pushed', async () => {
    const { status, body } = await world.push({ limit: 9 });
    if (status === 201) return body;
    if (status === 409) refusals.push(String(Object(body.error).message));
    return undefined;
  });
  assert.match(refusals[0] ?? '', /the instances have proved a release that control does not know yet/);
  const { id } = Object(pushed.rollout);
  await world.reaches(id, 'awaiting_approval');
  await world.call('POST', `/rollouts/${id}/approve`, { by: world.people.amina, body: {} });
  const { hash } = await world.reaches(id, 'proved');
  await world.serve(hash, id);
  const { document } = (await world.call('GET', '/config')).body;
  assert.equal(Object(document).greeting, 'habari', 'what was lost is in it');
  await world.call('POST', '/undo', { body: { reason: 'it smells' } });
  await world.serve(lost.hash, 'what the store had lost');
});
