import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { operatorOf } from '../operator.ts';
import { runImara } from '../stack/imara.ts';
import { quickRollouts, startStack } from '../stack/stack.ts';
import { until } from '../until.ts';

// Rules that nothing can pass, on the real stack with its one person: they are in force from the start, in
// the file of the installation.

const rules = { ...quickRollouts.rollouts, approvals: 10 };
const stack = await startStack({}, { ...quickRollouts, rollouts: rules });
after(() => stack.close());
const operator = await operatorOf(stack);

const change = { mpesa: { stk: { dailyLimitShillings: 400_000 } } };

/** `imara config push` of a file, as a person types it. */
async function pushed(change: object) {
  const file = join(stack.home, 'change.json');
  await writeFile(file, JSON.stringify(change));
  return runImara(['config', 'push', file, '--reason', 'the rules'], { IMARA_HOME: stack.home });
}

test('nothing passes them, and whoever pushes is told why', async () => {
  const { id } = await operator.push(change);
  await until('it waits for ten people', async () => {
    const { phase, approvalsNeeded } = await operator.find(id);
    return phase === 'awaiting_approval' && approvalsNeeded === 10;
  });
  await operator.ask('POST /rollouts/:id/abort', { params: { id }, body: { reason: 'nobody is there' } });
  assert.equal((await operator.ended(id)).phase, 'rolled_back');
  const validated = JSON.stringify(await operator.ask('POST /config/validate', { body: { change } }));
  assert.match(validated, /rollouts\.approvals 10 is more than the 0 who could approve a change/);
});

test('what mends half of them, or brings others, is refused by key, value, cause and advice', async () => {
  const { exitCode, stderr } = await pushed({
    rollouts: { approvals: 1, bake: { minMs: 0, deadlineMs: 10_000, excessBadRate: 0.001 } },
  });
  assert.equal(exitCode, 3, stderr);
  assert.match(
    stderr,
    /rollouts\.approvals 1 is more than the 0 who could approve.*: ask for 0 at most, or add approvers/,
  );
  assert.match(
    stderr,
    /rollouts\.bake\.deadlineMs 10000 passes before there is evidence: an excessBadRate of 0\.001 takes \d+ good outcomes.*: raise it to \d+/,
  );
});

test('their repair passes, and then any change does', async () => {
  const { exitCode, stdout, stderr } = await pushed({ rollouts: { approvals: 0 } });
  assert.equal(exitCode, 0, stderr);
  const repaired = await operator.ended(stdout.trim().split('\n').at(-1) ?? '');
  assert.equal(repaired.phase, 'proved', repaired.because ?? '');
  assert.match(stderr, /It only changes how changes travel/);
  const { phase, because } = await operator.pushed(change);
  assert.equal(phase, 'proved', because ?? '');
});
