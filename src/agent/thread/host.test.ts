import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { until } from '../../../test/until.ts';
import { startLinkThread } from './host.ts';

test('R10: a link thread that ends is started again, with the reason told', async () => {
  const reasons: string[] = [];
  const thread = startLinkThread(
    {
      control: { url: 'http://127.0.0.1:9', token: '' },
      id: { service: 'rates', environment: 'production', instance: 'api-1', cell: 'a' },
      boot: 'boot',
      fleetSize: 1,
      endings: [],
      schemas: [],
      log: 'log',
      // Too small to be read: the thread fails as it starts.
      counters: new SharedArrayBuffer(0),
      directory: '',
      blockedMs: 2_000,
    },
    {
      view: () => ({
        phase: 'steady',
        running: null,
        good: null,
        rollout: null,
        coming: null,
        stretches: [],
        ring: [],
        order: 0,
        undone: [],
      }),
      pending: () => [],
      message: () => {},
      ended: (reason) => reasons.push(reason),
    },
  );
  after(() => thread.close());
  await until('it has ended twice', () => reasons.length > 1);
  assert.match(reasons[0] ?? '', /RangeError/);
});
