import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { until } from '../../../test/until.ts';
import { Channel } from '../channels/channel.ts';
import type { Message } from '../channels/message.ts';
import { Journal } from '../journal/journal.ts';
import { openLogFile } from '../journal/log-file.ts';
import { Recent } from '../journal/recent.ts';
import { verify } from '../journal/verify.ts';
import { Alerting } from './alerting.ts';
import { noAlarms, step } from './step.ts';

test('with a full disk an alarm leaves all the same, and says so; it is written when there is room', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'imara-alerting-'));
  after(() => rm(folder, { recursive: true, force: true }));
  let full = true;
  const journal = await Journal.open(folder, () => {}, {
    retryMs: 5,
    openFile: (path) =>
      openLogFile(path, async (handle, bytes) => {
        if (full) throw new Error('ENOSPC: no space left on device');
        await handle.appendFile(bytes);
      }),
  });
  const got: Message[] = [];
  const channel = new Channel({
    ...{ name: 'duty', queue: 'alert duty', timeoutMs: 1_000, attempts: 1, retryMs: 1, ended() {} },
    transport: async (message) => void got.push(message),
  });
  const alerting = new Alerting({
    name: 'watch-1',
    journal,
    write: (entry, withinMs) => journal.append(entry, withinMs),
    recent: new Recent(),
    channels: new Map([['duty', channel]]),
    wall: (at) => at,
  });
  const raise = (service: string) => {
    const detection = {
      ...{
        detector: 'cusum',
        symptom: 'errors',
        severity: 'page' as const,
        score: 1,
        evidence: 'They fail.',
      },
      ...{ onset: 1, at: 2, series: { service } },
    };
    const chain = { page: [{ afterMs: 0, channels: ['duty'] }], ticket: [], note: [] };
    const policy = { clearAfterMs: 1, mostOpen: 9, chain };
    for (const effect of step(noAlarms, { type: 'detected', detections: [detection] }, 2, policy).effects)
      alerting.put(effect);
  };
  raise('api');
  raise('auth');
  await until('both have left', () => got.length === 2);
  assert.deepEqual(
    got.map(({ journalled }) => journalled),
    [false, false],
  );
  full = false;
  await until('both are written', () => journal.state().sequence >= 2 && journal.state().error === null);
  raise('worker');
  await until('the third has left', () => got.length === 3);
  assert.equal(got[2]?.journalled, true);
  alerting.close();
  channel.close();
  await journal.close();
  assert.equal((await verify(folder)).ok, true);
});
