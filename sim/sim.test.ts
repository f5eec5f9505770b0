import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutants } from './mutants/all.ts';
import { run } from './run.ts';

/** `npm run sim -- --seeds 1000` runs many more. */
const SEEDS = 6;
/** Half of them begin with rules that nothing can pass. */
const RULES_SEEDS = 4;
/** Within so many seeds a fault must have shown. */
const MUTANT_SEEDS = 30;

test('R1 R2 R3 R4 R5 R6 R7 R8 R9 R10: no seed violates a rule, and every seed ends on one release', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation } = await run({ seed });
    assert.equal(violation, undefined, `again: npm run sim -- --seed ${seed} --trace`);
  }
});

/** Each violated a rule once (docs/explanation/simulator.md says which, and why). */
const FOUND = [110, 276, 306, 467, 525, 530, 574, 593, 672, 699, 763, 842, 893, 926, 990];

test('seeds that violated a rule do so no more', async () => {
  for (const seed of FOUND) {
    const { violation } = await run({ seed });
    assert.equal(violation, undefined, `again: npm run sim -- --seed ${seed} --trace`);
  }
});

test('R18: what chance seldom brings, brought often, violates no rule', async () => {
  for (const often of ['undone_here', 'undo_forgotten', 'store_put_back', 'machine_replaced'] as const) {
    const { violation } = await run({ seed: 3, often });
    assert.equal(violation, undefined, often);
  }
});

test('whatever rules people push, and however impossible those in force are, their repair passes, and then a good change', async () => {
  for (let seed = 1; seed <= RULES_SEEDS; seed++) {
    const { violation } = await run({ seed, rules: true });
    assert.equal(violation, undefined, `seed ${seed}`);
  }
});

test('the same seed is the same run, to the last line of its story', async () => {
  const told = async (): Promise<string[]> => {
    const lines: string[] = [];
    await run({ seed: 3, instances: 4, tell: (line) => lines.push(line) });
    return lines;
  };
  const lines = await told();
  assert.ok(lines.length > 100);
  assert.deepEqual(await told(), lines);
});

for (const { name, caughtBy, cores, release, trouble, rules, late, felt, often, from = 1 } of mutants) {
  test(`${caughtBy.join(' or ')}: ${name} is caught`, async () => {
    const wrong: string[] = [];
    for (let seed = from; seed < from + MUTANT_SEEDS; seed++) {
      const kind = { ...(release && { release }), ...(trouble && { trouble }), ...(felt && { felt }) };
      const more = { ...kind, ...(rules && { rules }), ...(late && { late }), ...(often && { often }) };
      const { violation } = await run({ seed, cores, ...more });
      if (violation === undefined) continue;
      if (caughtBy.includes(violation.rule)) return;
      wrong.push(`${seed}: ${violation.rule}: ${violation.fault}`);
    }
    assert.fail(`${MUTANT_SEEDS} seeds passed it; other rules said: ${wrong.join('; ') || 'nothing'}`);
  });
}
