import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../src/config/canonical.ts';
import type { RolloutView } from '../src/control/api/rollout-view.ts';
import type { Stack } from './stack.ts';
import { until } from './until.ts';

/** Longer than a rollout over a whole local stack takes on a busy machine. */
const ROLLOUT_MS = 200_000;
const CALL_MS = 15_000;

/** The fields that tests read of what the control API answers. */
interface Answer {
  rollout?: RolloutView;
  rollouts?: RolloutView[];
  instances?: object[];
  document?: JsonObject;
}

/** A person with the installation's own token, at the control API of a running stack. */
export interface Operator {
  ask(method: string, path: string, body?: object): Promise<Answer>;
  /** Pushes a change; returns its rollout, which has only begun. */
  push(change: JsonObject): Promise<RolloutView>;
  find(id: string): Promise<RolloutView>;
  /** Waits until the rollout has ended, one way or the other. */
  ended(id: string): Promise<RolloutView>;
  /** Both. */
  pushed(change: JsonObject): Promise<RolloutView>;
}

/** Waits until control knows all of the stack's instances. */
export async function operatorOf(stack: Stack): Promise<Operator> {
  const status = await stack.status();
  const token = (await readFile(join(stack.home, 'control', 'operator-token'), 'utf8')).trim();

  async function ask(method: string, path: string, body?: object): Promise<Answer> {
    const json = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const response = await fetch(`${status.control}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : json) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_MS),
    });
    const answer = (await response.json()) as Answer;
    assert.ok(response.ok, JSON.stringify(answer));
    return answer;
  }

  async function push(change: JsonObject): Promise<RolloutView> {
    const { rollout } = await ask('POST', '/releases', { change, reason: 'a test' });
    assert.ok(rollout);
    return rollout;
  }

  async function find(id: string): Promise<RolloutView> {
    const found = (await ask('GET', '/rollouts')).rollouts?.find((one) => one.id === id);
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

  const expected = status.instances.filter(({ service }) => service !== 'control').length;
  await until(
    'every instance is known to control',
    async () => (await ask('GET', '/fleet')).instances?.length === expected,
    { deadlineMs: 60_000 },
  );
  return { ask, push, find, ended, pushed: async (change) => ended((await push(change)).id) };
}
