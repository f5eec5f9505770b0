import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { RestartEntry } from '../../src/supervisor/restarts/journal.ts';
import { startReceiver } from '../mpesa/receiver.ts';
import { startStack } from '../stack/stack.ts';
import { startSteadyLoad } from '../stack/steady-load.ts';
import { until } from '../until.ts';

const stack = await startStack();
const receiver = await startReceiver();
after(async () => {
  await receiver.close();
  await stack.close();
});

async function pids(): Promise<Map<string, number>> {
  const { instances } = await stack.status();
  return new Map(instances.map(({ name, pid }) => [name, pid]));
}

/**
 * Who was away when, counted from the journal alone: the most of each pool at once, against what was allowed.
 */
async function mostAway(): Promise<{ pool: string; most: number; allowed: number }[]> {
  const text = await readFile(join(stack.home, 'restarts.jsonl'), 'utf8');
  const entries = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RestartEntry);
  const away = new Map<string, string>();
  const most = new Map<string, number>();
  let allowed: Record<string, number> = {};
  for (const entry of entries) {
    if (entry.event === 'supervisor') away.clear();
    else if (entry.event === 'requested') allowed = entry.allowedAway;
    else if (entry.event === 'serving') away.delete(entry.instance);
    else if (entry.event === 'away') {
      away.set(entry.instance, entry.pool);
      const now = [...away.values()].filter((pool) => pool === entry.pool).length;
      most.set(entry.pool, Math.max(most.get(entry.pool) ?? 0, now));
    }
  }
  return [...most].map(([pool, count]) => ({ pool, most: count, allowed: allowed[pool] ?? 0 }));
}

test('R13: restarts of one service and of everything lose no request, and keep their budget', async (t) => {
  const before = await pids();
  const load = await startSteadyLoad(await stack.status(), receiver.url);
  t.after(() => load.stop());
  await until('payments are taken', () => load.answers.ok > 50);

  await stack.imara('restart', 'api', '--reason', 'new certificates', '--wait');
  const half = await pids();
  for (const [name, pid] of before) assert.equal(half.get(name) !== pid, name.startsWith('api'), name);

  await stack.imara('restart', '--reason', 'new kernel', '--wait');
  // Production alone: another environment is not restarted unless it is named.
  const whole = await pids();
  for (const [name, pid] of half) assert.equal(whole.get(name) !== pid, name !== 'testing', name);

  await load.stop();
  t.diagnostic(`${load.answers.ok} requests answered, ${load.answers.failed.length} failed`);
  assert.deepEqual(load.answers.failed, []);
  const budgets = await mostAway();
  assert.equal(budgets.length, 5);
  for (const { pool, most, allowed } of budgets) assert.ok(most <= allowed, `${pool}: ${most} away`);

  const list = JSON.parse(await stack.imara('fleet', 'list', '--json'));
  const production = list.instances.filter(({ service }: { service: string }) => service !== 'testing');
  assert.equal(production.length, whole.size - 1);
  for (const { name, restarts, restartReason, inFlight } of production) {
    assert.deepEqual([restarts, restartReason], [name.startsWith('api') ? 2 : 1, 'new kernel'], name);
    assert.equal(typeof inFlight, name.startsWith('api') ? 'number' : 'object');
  }
  assert.equal(list.restart.mode, 'done');
  await until('the journal of control has it', async () => {
    const { rows } = JSON.parse(await stack.imara('journal', '--json')) as { rows: { kind: string }[] };
    return rows.filter(({ kind }) => kind === 'fleet.restart_done').length === 2;
  });
  assert.match(await stack.imara('ledger', 'check'), /all \d+ invariants hold/);
});

test('a restart of what does not exist, or without a reason, changes nothing', async () => {
  const before = await pids();
  await assert.rejects(stack.imara('restart', 'api'), /A restart needs a reason/);
  await assert.rejects(
    stack.imara('restart', 'apis', '--reason', 'typo'),
    /'apis' is no service\. It is one of auth, control, api, worker, watch, testing\. Did you mean api\?/,
  );
  assert.deepEqual(await pids(), before);
});
