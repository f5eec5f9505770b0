import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlWorld } from '../../test/control/world.ts';
import { until } from '../../test/until.ts';
import type { Database } from '../platform/database/database.ts';

test('R6: an undo that was done, although the store’s answer was lost, is not said of what is proved after it', async () => {
  const world = await controlWorld();
  const lost = { commits: 0 };
  await world.startControl('control-1', { wrap: (database) => losingTheAnswer(database, lost) });
  const { testing, fleet } = await world.startFleet(2);
  const all = [testing, ...fleet];
  await world.push({ limit: 7 });
  const first = await world.reaches('shop-1', 'proved');
  await until('all have it for good', () => all.every(({ good }) => good === first.hash));

  await world.call('POST', '/undo', { body: { reason: 'it smells' } });
  await world.reaches('shop-1', 'rolled_back');
  assert.equal(lost.commits, 1);

  await world.push({ limit: 8 });
  const next = await world.reaches('shop-2', 'proved');
  await until('all have it for good', () => all.every(({ good }) => good === next.hash));
  // For longer than it takes to say an undo again.
  const since = performance.now();
  await until('nobody has left it for a second', () => {
    assert.ok(all.every(({ running }) => running === next.hash));
    return performance.now() - since > 1_000;
  });
});

/** The first transaction that finishes an undo is committed, and nobody hears of it. */
function losingTheAnswer(database: Database, lost: { commits: number }): Database {
  const wrapped = <T extends object>(target: T, isUndo = { written: false }): T =>
    new Proxy(target, {
      get(object, property) {
        const value: unknown = Reflect.get(object, property, object);
        if (typeof value !== 'function') return value;
        if (property === 'connect') return async () => wrapped(await value.call(object));
        if (property !== 'query') return value.bind(object);
        return async (...args: unknown[]): Promise<unknown> => {
          const result = await value.apply(object, args);
          const [query] = args;
          if (JSON.stringify(query).includes('operator.undo')) isUndo.written = true;
          if (query === 'commit' && isUndo.written && lost.commits === 0) {
            lost.commits += 1;
            throw new Error('the connection was lost after');
          }
          return result;
        };
      },
    });
  return wrapped(database);
}
