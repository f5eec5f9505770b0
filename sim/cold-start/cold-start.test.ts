import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realDecisions } from './decisions.ts';
import { mutants } from './mutants.ts';
import { coldStart } from './run.ts';

test('R13: after a power cut 10,000 instances come up without asking more of what they share than it bears', async (t) => {
  const { faults, figures } = await coldStart({ seed: 1 });
  for (const [what, figure] of Object.entries(figures)) t.diagnostic(`${what}: ${figure}`);
  assert.deepEqual(faults, []);
});

for (const { name, decisions, caughtBy } of mutants) {
  test(`a cold start is judged: ${name}`, async () => {
    const { faults } = await coldStart({ seed: 1, decisions: { ...realDecisions, ...decisions } });
    assert.match(faults.join('; '), caughtBy);
  });
}
