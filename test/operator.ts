import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../src/config/canonical.ts';
import { type AnswerTo, type Asked, controlClient, type GivenTo } from '../src/control/client.ts';
import type { Rollout } from '../src/control/contract/resources/releases/rollout.ts';
import { type Stack, takesReleases } from './stack/stack.ts';
import { until } from './until.ts';

/** Longer than a rollout over a whole local stack takes on a busy machine. */
const ROLLOUT_MS = 200_000;
const CALL_MS = 15_000;

/** A person with the installation's own token, at the control API of a running stack. */
export interface Operator {
  ask<Key extends Asked>(key: Key, given: GivenTo<Key>): Promise<AnswerTo<Key>>;
  /** Pushes a change; returns its rollout, which has only begun. */
  push(change: JsonObject): Promise<Rollout>;
  find(id: string): Promise<Rollout>;
  /** Waits until the rollout has ended, one way or the other. */
  ended(id: string): Promise<Rollout>;
  /** Both. */
  pushed(change: JsonObject): Promise<Rollout>;
}

/** Waits until control knows all of the stack's instances. */
export async function operatorOf(stack: Stack): Promise<Operator> {
  const status = await stack.status();
  const token = (await readFile(join(stack.home, 'control', 'operator-token'), 'utf8')).trim();

  const client = controlClient({ url: String(status.control), token });

  async function ask<Key extends Asked>(key: Key, given: GivenTo<Key>): Promise<AnswerTo<Key>> {
    const answer = await client.ask(key, given, { timeoutMs: CALL_MS, key: randomUUID() });
    assert.ok(answer.kind === 'done', JSON.stringify(answer));
    return answer.value;
  }

  async function push(change: JsonObject): Promise<Rollout> {
    const pushed = await ask('POST /releases', { body: { change, reason: 'a test' } });
    assert.ok('rollout' in pushed, 'it is what is in force');
    return pushed.rollout;
  }

  async function find(id: string): Promise<Rollout> {
    const found = (await ask('GET /rollouts', {})).rollouts.find((one) => one.id === id);
    assert.ok(found, `there is no rollout ${id}`);
    return found;
  }

  const ended = (id: string) =>
    until(
      'the rollout has ended',
      async () => {
        // Control may be away for a moment: some tests have it so.
        const found = await find(id).catch(() => undefined);
        return found && ['proved', 'rolled_back', 'aborted'].includes(found.phase) && found;
      },
      { deadlineMs: ROLLOUT_MS, everyMs: 250 },
    );

  const expected = status.instances.filter(takesReleases).length;
  await until(
    'every instance is known to control',
    async () => (await ask('GET /fleet', {})).instances.length === expected,
    { deadlineMs: 60_000 },
  );
  return { ask, push, find, ended, pushed: async (change) => ended((await push(change)).id) };
}
