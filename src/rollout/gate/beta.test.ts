import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { betaCdf, betaQuantile } from './beta.ts';

const shape = fc.double({ min: 0.5, max: 5_000, noNaN: true });
const chance = fc.double({ min: 0.001, max: 0.999, noNaN: true });

test('the quantile of Beta(1, b) and Beta(a, 1) is the known closed form', () => {
  fc.assert(
    fc.property(chance, shape, (p, b) => {
      near(betaQuantile(p, 1, b), 1 - (1 - p) ** (1 / b));
      near(betaQuantile(p, b, 1), p ** (1 / b));
    }),
  );
});

test('for whole shapes the distribution is a binomial tail', () => {
  fc.assert(
    fc.property(chance, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (x, a, b) => {
      const n = a + b - 1;
      let term = (1 - x) ** n;
      let below = 0;
      for (let k = 0; k < a; k++) {
        below += term;
        term *= ((n - k) / (k + 1)) * (x / (1 - x));
      }
      assert.ok(Math.abs(betaCdf(x, a, b) - (1 - below)) < 1e-9);
    }),
  );
});

test('quantile and distribution are inverse', () => {
  fc.assert(
    fc.property(chance, shape, shape, (p, a, b) => {
      assert.ok(Math.abs(betaCdf(betaQuantile(p, a, b), a, b) - p) < 1e-6);
    }),
  );
});

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);
}
