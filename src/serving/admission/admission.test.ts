import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { until } from '../../../test/until.ts';
import { defaultServingSettings, type ServingSettings } from '../settings.ts';
import { createAdmission } from './admission.ts';
import type { Place } from './bulkhead.ts';
import { priorities } from './priority.ts';

const product = { ...defaultServingSettings.product, minInFlight: 2, maxInFlight: 2, maxQueue: 3 };
const small: ServingSettings = { ...defaultServingSettings, product, slowStartMs: 0 };
const pay = { product: 'stk', priority: 'money' } as const;
const query = { product: 'stk-query', priority: 'query' } as const;

/** An admission whose time and turns the test owns. */
function manual(settings: ServingSettings) {
  let at = 0;
  let planned: (() => void) | undefined;
  const started = new Map<string, Place>();
  const refused: string[] = [];
  const gone = new Set<string>();
  const admission = createAdmission<string>({
    settings: () => settings,
    now: () => at,
    defer: (work) => {
      planned = work;
    },
    start: (item, place) => void started.set(item, place),
    refuse: (item, reason) => void refused.push(`${item} ${reason}`),
    gone: (item) => gone.has(item),
  });
  const turn = (waitMs = 0) => {
    at += waitMs;
    const work = planned;
    planned = undefined;
    work?.();
  };
  return { admission, started, refused, gone, turn };
}

test('requests start up to the limit, the next waits for a place and gets it', () => {
  const { admission, started, turn } = manual(small);
  for (const item of ['a', 'b', 'c']) admission.arrive(pay, item);
  turn();
  assert.deepEqual([...started.keys()], ['a', 'b']);
  started.get('a')?.leave('answered');
  turn();
  assert.deepEqual([...started.keys()], ['a', 'b', 'c']);
});

test('R12: over the bound of the queue the answer is immediate', () => {
  const { admission, started, refused, turn } = manual(small);
  for (const item of ['a', 'b', 'c', 'd', 'e', 'f']) {
    admission.arrive(pay, item);
    turn();
  }
  assert.deepEqual(refused, ['c overloaded']);
  assert.deepEqual([...started.keys()], ['a', 'b']);
});

test('R12: a request that waits too long is refused without anything else happening', async () => {
  const { admission, started, refused, turn } = manual(small);
  for (const item of ['a', 'b', 'c']) admission.arrive(pay, item);
  turn();
  await until('the sweep finds it', () => {
    turn(101);
    return refused.length > 0;
  });
  assert.deepEqual([...started.keys()], ['a', 'b']);
  assert.deepEqual(refused, ['c overloaded']);
});

test('R12: a product that is full or off leaves the places of another alone', () => {
  const { admission, started, refused, turn } = manual({ ...small, products: { b2c: { enabled: false } } });
  for (const item of ['a', 'b', 'c']) admission.arrive(pay, item);
  admission.arrive({ product: 'b2c', priority: 'money' }, 'off');
  admission.arrive(query, 'q');
  turn();
  assert.deepEqual([...started.keys()], ['a', 'b', 'q']);
  assert.deepEqual(refused, ['off product_off']);
});

test('money starts before queries, queries before helpers, whatever the order of arrival', () => {
  const { admission, started, turn } = manual(small);
  admission.arrive({ product: 'phones', priority: 'helper' }, 'h');
  admission.arrive(query, 'q');
  admission.arrive(pay, 'm');
  turn();
  assert.deepEqual([...started.keys()], ['m', 'q', 'h']);
});

test('a request whose client has gone while it waited takes no place', () => {
  const { admission, started, gone, turn } = manual(small);
  for (const item of ['a', 'b', 'c']) admission.arrive(pay, item);
  gone.add('a');
  turn();
  assert.deepEqual([...started.keys()], ['b', 'c']);
});

test('a place is given back once, however often its request ends', () => {
  const { admission, started, turn } = manual(small);
  for (const item of ['a', 'b', 'c', 'd']) admission.arrive(pay, item);
  turn();
  for (const outcome of ['deadline', 'answered'] as const) started.get('a')?.leave(outcome);
  turn();
  assert.deepEqual([...started.keys()], ['a', 'b', 'c']);
});

test('R12: an app beside others holds its share of a busy product, and gives it back', () => {
  const { admission, started, turn } = manual({
    ...small,
    product: { ...product, minInFlight: 4, maxInFlight: 4 },
  });
  for (const item of ['a', 'b', 'c', 'd']) admission.arrive(pay, item);
  turn();
  const enter = (item: string, app: string) => started.get(item)?.enter(app, 0.5);
  assert.deepEqual(
    [enter('a', 'x'), enter('b', 'y'), enter('c', 'x'), enter('d', 'x')],
    [true, true, true, false],
  );
  started.get('a')?.leave('answered');
  assert.equal(enter('d', 'x'), true);
});

test('R12: whatever arrives and ends, each request starts or is refused once, and the bounds hold', () => {
  const move = fc.record({
    action: fc.constantFrom('arrive', 'leave', 'turn'),
    priority: fc.constantFrom(...priorities),
    product: fc.constantFrom('stk', 'c2b'),
    waitMs: fc.nat(40),
  });
  const settings = { ...small, maxInFlight: 3 };
  fc.assert(
    fc.property(fc.array(move, { maxLength: 200 }), (moves) => {
      const { admission, started, refused, turn } = manual(settings);
      const ended = new Set<string>();
      let arrived = 0;
      for (const { action, waitMs, ...operation } of moves) {
        if (action === 'arrive') admission.arrive(operation, `${arrived++}`);
        if (action === 'turn') turn(waitMs);
        if (action === 'leave') {
          const [open] = [...started].filter(([item]) => !ended.has(item));
          if (open !== undefined) {
            open[1].leave('answered');
            ended.add(open[0]);
          }
        }
        const products = admission.products();
        const waiting = products.reduce((sum, one) => sum + one.waiting, 0);
        assert.equal(started.size + refused.length + waiting, arrived);
        assert.ok(products.every(({ inFlight }) => inFlight <= product.maxInFlight));
        // One more for the floor of each lower class.
        assert.ok(started.size - ended.size <= settings.maxInFlight + 2);
      }
    }),
  );
});
