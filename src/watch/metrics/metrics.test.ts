import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WatchState } from '../state.ts';
import { Measures } from './measures.ts';
import { scrapeTargets } from './scrape-targets.ts';

const queue = { name: 'alert duty', depth: 3, bound: 1_000, dropped: 2 };
const state = {
  queues: [queue],
  journal: { name: 'store', depth: 0, bound: 10, dropped: 0, sequence: 1, head: '', error: 'disk full' },
  lastCheckAt: 1_700_000_000_500,
  controlError: null,
  alarms: [{ severity: 'page' }, { severity: 'page' }],
} as unknown as WatchState;

test('R10: the watch shows its queues, what it dropped, heartbeats, probes and how its messages ended', () => {
  const measures = new Measures();
  measures.probed({ subject: 'shop "1"\\', at: 0, ok: false, tookMs: 250 });
  measures.probed({ subject: 'payment', at: 0, ok: false, tookMs: 10_000 });
  measures.probed({ subject: 'payment', at: 1, ok: true, tookMs: 500 });
  const entry = { at: 0, source: 'alarm', text: '' } as const;
  measures.wrote({ ...entry, kind: 'alarm.raised', subject: 'api', data: { detector: 'cusum-10' } });
  measures.wrote({ ...entry, kind: 'alert.delivered', subject: 'duty', data: { tookMs: 40 } });
  measures.wrote({ ...entry, kind: 'alert.delivered', subject: 'duty', data: { tookMs: 60 } });
  measures.wrote({ ...entry, kind: 'alert.failed', subject: 'duty', data: { tookMs: 9 } });
  const heartbeats = [
    { subject: 'api-1', lastAt: 4_000, withinMs: 2_000 },
    { subject: 'new', lastAt: undefined, withinMs: 2_000 },
  ];
  const page = measures.page(state, heartbeats, 5_500);
  for (const line of [
    'probe_success{target="shop \\"1\\"\\\\",vantage=""} 0',
    'probe_success{target="payment",vantage=""} 1',
    'probe_duration_seconds{target="payment",vantage=""} 0.5',
    'heartbeat_age_seconds{source="api-1"} 1.5',
    'heartbeat_age_seconds{source="new"} +Inf',
    'heartbeat_within_seconds{source="api-1"} 2',
    'detector_alarms_total{detector="cusum-10",service="api"} 1',
    'alert_delivery_seconds_sum{channel="duty"} 0.1',
    'alert_delivery_seconds_count{channel="duty"} 2',
    'alert_delivery_failures_total{channel="duty"} 1',
    'watch_queue_depth{queue="alert duty"} 3',
    'watch_queue_limit{queue="alert duty"} 1000',
    'watch_queue_dropped_total{queue="alert duty"} 2',
    'watch_queue_dropped_total{queue="store"} 0',
    'watch_last_check_timestamp_seconds 1700000000.5',
    'watch_journal_failing 1',
    'watch_control_unreachable 0',
    'watch_alarms{severity="page"} 2',
    'watch_alarms{severity="note"} 0',
    '# TYPE alert_delivery_seconds summary',
  ])
    assert.ok(page.split('\n').includes(line), `${line}\nin\n${page}`);
  assert.ok(page.endsWith('\n'));
});

test('each instance with an admin port is a target of its own name, whatever its port', () => {
  const instance = { name: 'api-1', service: 'api', cell: 'cell-1', ready: true };
  assert.deepEqual(
    scrapeTargets([
      { ...instance, admin: 'http://127.0.0.1:40001' },
      { ...instance, name: 'api-2', admin: null },
      { ...instance, name: 'far', cell: null, admin: 'https://far.example:8443/admin/' },
    ]),
    [
      {
        targets: ['127.0.0.1:40001'],
        labels: {
          instance: 'api-1',
          service: 'api',
          cell: 'cell-1',
          __scheme__: 'http',
          __metrics_path__: '/metrics',
        },
      },
      {
        targets: ['far.example:8443'],
        labels: { instance: 'far', service: 'api', __scheme__: 'https', __metrics_path__: '/admin/metrics' },
      },
    ],
  );
});
