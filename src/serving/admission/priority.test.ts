import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mayStart, priorities } from './priority.ts';

test('as the process fills up, helpers give way first, then queries, money last', () => {
  const starts = (inFlight: number) =>
    priorities.filter((priority) => mayStart(priority, { inFlight, ofClass: 10, limit: 100 }));
  assert.deepEqual(starts(40), ['money', 'query', 'helper']);
  assert.deepEqual(starts(60), ['money', 'query']);
  assert.deepEqual(starts(90), ['money']);
  assert.deepEqual(starts(100), []);
});

test('a class that is pushed out keeps its floor: a flood of money does not starve it', () => {
  assert.equal(mayStart('query', { inFlight: 100, ofClass: 4, limit: 100 }), true);
  assert.equal(mayStart('query', { inFlight: 100, ofClass: 5, limit: 100 }), false);
  assert.equal(mayStart('helper', { inFlight: 100, ofClass: 1, limit: 100 }), true);
  assert.equal(mayStart('helper', { inFlight: 100, ofClass: 2, limit: 100 }), false);
});

test('R12: whoever comes, the process serves no more than its limit and the floors', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...priorities), { maxLength: 300 }),
      fc.integer({ min: 1, max: 100 }),
      (all, limit) => {
        const ofClass = { money: 0, query: 0, helper: 0 };
        let inFlight = 0;
        for (const priority of all) {
          if (!mayStart(priority, { inFlight, ofClass: ofClass[priority], limit })) continue;
          inFlight += 1;
          ofClass[priority] += 1;
        }
        assert.ok(inFlight <= Math.ceil(limit) + Math.ceil(limit * 0.05) + Math.ceil(limit * 0.02));
      },
    ),
  );
});
