import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAppCounts, mayEnter } from './merchants.ts';

test('an app that is alone may hold all of a product', () => {
  assert.equal(mayEnter({ ofApp: 99, apps: 1, inFlight: 99, limit: 100 }, 0.5), true);
});

test('R12: beside others, in a busy product, an app holds no more than its share', () => {
  assert.equal(mayEnter({ ofApp: 49, apps: 2, inFlight: 60, limit: 100 }, 0.5), true);
  assert.equal(mayEnter({ ofApp: 50, apps: 2, inFlight: 60, limit: 100 }, 0.5), false);
});

test('a product that is not busy asks nobody to hold back', () => {
  assert.equal(mayEnter({ ofApp: 48, apps: 5, inFlight: 49, limit: 100 }, 0.1), true);
});

test('every app may hold at least one request', () => {
  assert.equal(mayEnter({ ofApp: 0, apps: 500, inFlight: 100, limit: 100 }, 0.001), true);
});

test('R12: the map holds the apps that are in flight and no other', () => {
  const moves = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { maxLength: 100 });
  fc.assert(
    fc.property(moves, (all) => {
      const counts = createAppCounts();
      const model = { a: 0, b: 0, c: 0 };
      for (const [app, add] of all) {
        if (add) {
          counts.add(app);
          model[app] += 1;
        } else if (model[app] > 0) {
          counts.remove(app);
          model[app] -= 1;
        }
        assert.equal(counts.of(app), model[app]);
        assert.equal(counts.apps, Object.values(model).filter((count) => count > 0).length);
      }
    }),
  );
});
