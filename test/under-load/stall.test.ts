import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { RestartEntry } from '../../src/supervisor/restarts/journal.ts';
import { startReceiver } from '../mpesa/receiver.ts';
import { startStack } from '../stack/stack.ts';
import { startSteadyLoad } from '../stack/steady-load.ts';
import { until } from '../until.ts';

const KEPT_CONNECTIONS = 3;

const stack = await startStack();
const receiver = await startReceiver();
after(async () => {
  await receiver.close();
  await stack.close();
});

const instance = async (name: string) => (await stack.status()).instances.find((one) => one.name === name);

/** When the journal last says that it serves: a command takes longer to ask. */
async function servingSince(name: string): Promise<number> {
  const lines = (await readFile(join(stack.home, 'restarts.jsonl'), 'utf8')).trimEnd().split('\n');
  const entries = lines.map((line) => JSON.parse(line) as RestartEntry & { at: string });
  return Date.parse(entries.findLast((one) => one.event === 'serving' && one.instance === name)?.at ?? '');
}

test('R10: an API process that stands still is replaced, and the shared port serves throughout', async (t) => {
  const load = await startSteadyLoad(await stack.status(), receiver.url);
  t.after(() => load.stop());
  await until('payments are taken', () => load.answers.ok > 50);
  const frozen = await instance('api-1');
  assert.ok(frozen);
  process.kill(frozen.pid, 'SIGSTOP');
  const frozenAt = Date.now();
  await until(
    'another one serves in its place',
    async () => {
      const now = await instance('api-1');
      return now?.state === 'ready' && now.pid !== frozen.pid;
    },
    { deadlineMs: 30_000, everyMs: 20 },
  );
  const replacedAt = await servingSince('api-1');
  const before = load.answers.ok;
  await until('payments are taken', () => load.answers.ok > before + 50);
  await load.stop();
  const { ok, failed } = load.answers;
  t.diagnostic(`replaced within ${replacedAt - frozenAt} ms; ${ok} answered, ${failed.length} failed`);
  // Lost: what it had begun, and the next request of each connection that it held.
  const fresh = failed.filter(({ kept, at }) => !kept && at > frozenAt);
  assert.deepEqual(fresh, [], 'connections made after it froze are served');
  const onKept = failed.filter(({ kept }) => kept);
  assert.ok(onKept.length <= KEPT_CONNECTIONS, `${onKept.length} requests on kept connections failed`);
  assert.deepEqual(
    failed.filter(({ at }) => at > replacedAt),
    [],
  );
  const { restartReason } = JSON.parse(await stack.imara('fleet', 'list', '--json')).instances.find(
    ({ name }: { name: string }) => name === 'api-1',
  );
  assert.equal(restartReason, 'killed by SIGKILL');
});
