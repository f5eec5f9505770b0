import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellCount, plan, restartPhase, services } from './plan.ts';
import type { Ports } from './ports.ts';

const ports: Ports = {
  api: 1,
  testingApi: 2,
  testingAuth: 3,
  control: 4,
  status: 5,
  tls: 6,
  postgres: 7,
  auth: [8, 9],
};

test('the instances of a service take turns in the cells, and one cell is restarted after the other', () => {
  const production = plan(services, ports, 2).filter(({ environment }) => environment === 'production');
  const order = production.map((one) => [one.name, one.cell, restartPhase(one, production)]);
  assert.deepEqual(order, [
    ['auth-1', 'cell-1', 2],
    ['auth-2', 'cell-2', 3],
    ['control', 'cell-1', 2],
    ['api-1', 'cell-1', 4],
    ['api-2', 'cell-2', 5],
    ['worker', 'cell-1', 4],
    ['watch', 'cell-1', 6],
  ]);
});

test('a machine is one cell unless it is told otherwise, and what is no number of cells is refused', () => {
  assert.deepEqual(new Set(plan(services, ports).map(({ cell }) => cell)), new Set(['cell-1']));
  assert.deepEqual([cellCount({}), cellCount({ IMARA_CELLS: '3' })], [1, 3]);
  assert.throws(() => cellCount({ IMARA_CELLS: 'two' }), /IMARA_CELLS is "two"; write a whole number/);
});
