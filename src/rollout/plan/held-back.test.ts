import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Endings, NO_ENDINGS } from '../gate/endings.ts';
import { withHeldBackLast } from './held-back.ts';

const fleet = ['api-1', 'api-2', 'auth-1', 'worker-1', 'worker-2'].map((instance) => ({
  instance,
  cell: 'a',
}));

function order(before: Record<string, Endings>): string[] {
  const tallies = Object.entries(before).map(([instance, endings]) => [instance, { endings }]);
  return withHeldBackLast(fleet, Object.fromEntries(tallies)).map(({ instance }) => instance);
}

test('R19: one of each class that several have is left for the end, the busiest class last', () => {
  const requests = { request: 500, 'request/invalid_field': 3 };
  const results = { result: 100, callback: 90 };
  assert.deepEqual(
    order({ 'api-1': requests, 'api-2': requests, 'worker-1': results, 'worker-2': results }),
    ['api-1', 'auth-1', 'worker-1', 'worker-2', 'api-2'],
  );
});

test('what one alone has can be compared with nobody: it is not held back for it', () => {
  assert.deepEqual(order({ 'api-1': { request: 9 }, 'api-2': { request: 9 }, 'worker-1': { result: 99 } }), [
    'api-1',
    'auth-1',
    'worker-1',
    'worker-2',
    'api-2',
  ]);
});

test('where nothing has ended, the order stays', () => {
  assert.deepEqual(
    order({ 'api-1': NO_ENDINGS, 'api-2': { request: 0 }, 'auth-1': { request: 0 } }),
    fleet.map(({ instance }) => instance),
  );
});
