import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { beginWave, logValue, multiply, newMixture } from './mixture.ts';
import { KEPT, logBet, logShortageBet, nullChance, ODDS } from './odds.ts';

const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });

test('every bet is fair under the null: no factor is expected above 1', () => {
  fc.assert(
    fc.property(share, fc.double({ min: 1, max: 4, noNaN: true }), share, (rho, r0, part) => {
      const q = nullChance(rho, r0);
      // Any true chance up to q is within the null.
      const chance = q * part;
      for (const odds of ODDS) {
        const mean =
          chance * Math.exp(logBet(odds, q, 1, 0)) + (1 - chance) * Math.exp(logBet(odds, q, 0, 1));
        assert.ok(mean <= 1 + 1e-12, `odds ${odds}: ${mean}`);
      }
      for (const kept of KEPT) {
        const came = rho + (1 - rho) * part;
        const mean =
          came * Math.exp(logShortageBet(kept, rho, 1, 0)) +
          (1 - came) * Math.exp(logShortageBet(kept, rho, 0, 1));
        assert.ok(mean <= 1 + 1e-12, `kept ${kept}: ${mean}`);
      }
    }),
  );
});

test('snapshots give what keeping one product for each wave would give', () => {
  const step = fc.record({ exposed: fc.boolean(), q: share, newWave: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const waves = 50;
      let mixture = beginWave(newMixture(ODDS.length));
      const products = [ODDS.map(() => 1)];
      for (const { exposed, q, newWave } of steps) {
        if (newWave) {
          mixture = beginWave(mixture);
          products.push(ODDS.map(() => 1));
        }
        const factor = (odds: number) => Math.exp(logBet(odds, q, exposed ? 1 : 0, exposed ? 0 : 1));
        mixture = multiply(mixture, (point) => Math.log(factor(ODDS[point] ?? 1)));
        for (const product of products) {
          for (const [point, odds] of ODDS.entries()) product[point] = (product[point] ?? 1) * factor(odds);
        }
      }
      const means = products.map((product) => product.reduce((sum, value) => sum + value, 0) / ODDS.length);
      const value = (means.reduce((sum, mean) => sum + mean, 0) + waves - products.length) / waves;
      assert.ok(Math.abs(logValue(mixture, waves) - Math.log(value)) < 1e-6);
    }),
  );
});

test('a full stall multiplies the shortage by nearly 1 / (1 − ρ) at each completion of the control', () => {
  const least = KEPT.at(-1) ?? 1;
  assert.ok(Math.abs(Math.exp(logShortageBet(least, 0.5, 0, 1)) - 2) < 0.03);
});
