import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlWorld } from '../../test/control/world.ts';
import { until } from '../../test/until.ts';
import type { Database } from '../platform/database/database.ts';
import { verifyJournal } from './store/journal.ts';

/**
 * One statement in twelve fails: half of them before they are done, half after, when nobody can tell whether
 * they were. Which ones, the seed says.
 */
function faulty(seed: number): (database: Database) => Database {
  let random = seed;
  const fails = () => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    const drawn = random / 2 ** 32;
    return drawn < 1 / 24 ? 'before' : drawn < 2 / 24 ? 'after' : 'not';
  };
  const failing =
    (query: (...args: unknown[]) => unknown) =>
    async (...args: unknown[]): Promise<unknown> => {
      const when = fails();
      if (when === 'before') throw new Error('the connection was lost before');
      const result = await query(...args);
      if (when === 'after') throw new Error('the connection was lost after');
      return result;
    };
  const wrapped = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, property) {
        const value: unknown = Reflect.get(object, property, object);
        if (typeof value !== 'function') return value;
        if (property === 'query') return failing(value.bind(object));
        if (property === 'connect') return async () => wrapped(await value.call(object));
        return value.bind(object);
      },
    });
  return wrapped;
}

for (const seed of [1, 4]) {
  test(`a rollout comes to its end, and an undo too, though statements of the leader fail (seed ${seed})`, async () => {
    const world = await controlWorld({}, { termMs: 2_000 });
    const { stop } = await world.startControl('control-1', { wrap: faulty(seed) });
    const { testing, fleet } = await world.startFleet(2);
    await world.push({ limit: 7 });
    const { hash } = await until(
      'it has ended',
      async () => {
        const view = await world.rollout('shop-1');
        return view.phase === 'proved' ? view : undefined;
      },
      { deadlineMs: 30_000 },
    );
    await until('all have it', () => [testing, ...fleet].every(({ good }) => good === hash));
    await world.call('POST', '/undo', { body: { reason: 'back' } });
    await until('all are back', () => [testing, ...fleet].every(({ running }) => running === null));
    await world.reaches('shop-1', 'rolled_back');
    assert.equal((await verifyJournal(world.database)).ok, true);
    const { rows } = await world.database.query(
      `select data->>'to' as phase, count(*)::integer as times from control.journal
       where kind = 'rollout.phase' group by 1 having count(*) > 1`,
    );
    const twice = rows.filter(({ phase }) => ['testing', 'proved', 'rolled_back'].includes(phase));
    assert.deepEqual(twice, [], 'a decision was written twice');
    await stop();
  });
}
