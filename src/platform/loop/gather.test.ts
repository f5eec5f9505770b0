import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gathered } from './gather.ts';

test('keys asked while a query runs are the next query; one that fails fails for its own alone', async () => {
  const queries: string[][] = [];
  let end = () => {};
  const read = gathered<string, number>(async (keys) => {
    queries.push([...keys]);
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    if (keys.includes('bad')) throw new Error('away');
    return new Map(keys.map((key) => [key, key.length]));
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const first = [read('a'), read('bb')];
  await turn();
  const second = [read('bad'), read('c')].map((asked) => asked.catch((error: Error) => error.message));
  await turn();
  assert.deepEqual(queries, [['a', 'bb']]);
  end();
  assert.deepEqual(await Promise.all(first), [1, 2]);
  await turn();
  const third = read('dddd');
  await turn();
  assert.deepEqual(queries, [
    ['a', 'bb'],
    ['bad', 'c'],
  ]);
  end();
  assert.deepEqual(await Promise.all(second), ['away', 'away']);
  await turn();
  end();
  assert.equal(await third, 4);
});
