import type { Heartbeat, ProbeResult } from '../detect/reading.ts';
import type { Entry } from '../journal/entry.ts';
import type { WatchState } from '../state.ts';
import { expositionOf, type Metric, type Sample } from './exposition.ts';

/** Detector and service of an alarm; a service more than so many is not counted by itself. */
const MOST_SERIES = 1_000;

/**
 * What the watch shows Prometheus of itself. It counts what goes by and keeps nothing else: the last result
 * of each probe, alarms raised, and how messages ended. The rest is read off its state when it is asked.
 */
export class Measures {
  readonly #probes = new Map<string, ProbeResult>();
  readonly #raised = new Map<string, { detector: string; service: string; count: number }>();
  readonly #sent = new Map<string, { delivered: number; failed: number; seconds: number }>();

  probed(result: ProbeResult): void {
    this.#probes.set(`${result.subject} ${result.vantage ?? ''}`, result);
  }

  wrote({ kind, subject, data = {} }: Entry): void {
    if (kind === 'alarm.raised') this.#countAlarm(String(data.detector), subject);
    if (kind !== 'alert.delivered' && kind !== 'alert.failed') return;
    const sent = this.#sent.get(subject) ?? { delivered: 0, failed: 0, seconds: 0 };
    if (kind === 'alert.failed') sent.failed += 1;
    else {
      sent.delivered += 1;
      sent.seconds += Number(data.tookMs) / 1_000;
    }
    this.#sent.set(subject, sent);
  }

  /** The page, at `now` on the clock of `heartbeats`. */
  page(state: WatchState, heartbeats: readonly Heartbeat[], now: number): string {
    return expositionOf([
      ...this.#probeMetrics(),
      ...heartbeatMetrics(heartbeats, now),
      ...this.#alertMetrics(),
      ...ownMetrics(state),
    ]);
  }

  #countAlarm(detector: string, service: string): void {
    const key = `${detector} ${service}`;
    const raised = this.#raised.get(key) ?? { detector, service, count: 0 };
    if (this.#raised.size >= MOST_SERIES && raised.count === 0) return;
    this.#raised.set(key, { ...raised, count: raised.count + 1 });
  }

  #probeMetrics(): Metric[] {
    const results = [...this.#probes.values()];
    const samples = (value: (result: ProbeResult) => number): Sample[] =>
      results.map((result) => ({
        labels: { target: result.subject, vantage: result.vantage ?? '' },
        value: value(result),
      }));
    return [
      gauge(
        'probe_success',
        '1 when the last probe went well.',
        samples(({ ok }) => Number(ok)),
      ),
      gauge(
        'probe_duration_seconds',
        'How long it took.',
        samples(({ tookMs }) => tookMs / 1_000),
      ),
    ];
  }

  #alertMetrics(): Metric[] {
    const sent = [...this.#sent];
    const raised = [...this.#raised.values()];
    return [
      {
        name: 'detector_alarms_total',
        type: 'counter',
        help: 'Alarms raised since the start.',
        samples: raised.map(({ detector, service, count }) => ({
          labels: { detector, service },
          value: count,
        })),
      },
      {
        name: 'alert_delivery_seconds',
        type: 'summary',
        help: 'From when a message was put to when the channel had it.',
        samples: sent.flatMap(([channel, { delivered, seconds }]) => [
          { labels: { channel }, suffix: '_sum', value: seconds },
          { labels: { channel }, suffix: '_count', value: delivered },
        ]),
      },
      {
        name: 'alert_delivery_failures_total',
        type: 'counter',
        help: 'Messages that were given up.',
        samples: sent.map(([channel, { failed }]) => ({ labels: { channel }, value: failed })),
      },
    ];
  }
}

const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name,
  type: 'gauge',
  help,
  samples,
});

function heartbeatMetrics(heartbeats: readonly Heartbeat[], now: number): Metric[] {
  // Of two of one name, one series: the one that is silent for longer.
  const bySource = new Map<string, Heartbeat>();
  for (const one of heartbeats) {
    const other = bySource.get(one.subject);
    if (other === undefined || (one.lastAt ?? 0) < (other.lastAt ?? 0)) bySource.set(one.subject, one);
  }
  const samples = (value: (one: Heartbeat) => number): Sample[] =>
    [...bySource.values()].map((one) => ({ labels: { source: one.subject }, value: value(one) }));
  return [
    gauge(
      'heartbeat_age_seconds',
      'For how long nothing was heard of it.',
      samples(({ lastAt }) => (lastAt === undefined ? Number.POSITIVE_INFINITY : (now - lastAt) / 1_000)),
    ),
    gauge(
      'heartbeat_within_seconds',
      'For how long it may be silent.',
      samples(({ withinMs }) => withinMs / 1_000),
    ),
  ];
}

function ownMetrics({ queues, journal, lastCheckAt, controlError, alarms }: WatchState): Metric[] {
  const all = [...queues, journal];
  const depths = (value: (queue: (typeof all)[number]) => number): Sample[] =>
    all.map((queue) => ({ labels: { queue: queue.name }, value: value(queue) }));
  const bySeverity = (wanted: string): number => alarms.filter(({ severity }) => severity === wanted).length;
  return [
    gauge(
      'watch_queue_depth',
      'What waits between two of its loops.',
      depths(({ depth }) => depth),
    ),
    gauge(
      'watch_queue_limit',
      'What may wait there.',
      depths(({ bound }) => bound),
    ),
    {
      name: 'watch_queue_dropped_total',
      type: 'counter',
      help: 'Refused because the queue was full.',
      samples: depths(({ dropped }) => dropped),
    },
    gauge('watch_last_check_timestamp_seconds', 'When a check last came to an end; 0: none has.', [
      { value: (lastCheckAt ?? 0) / 1_000 },
    ]),
    gauge('watch_journal_failing', '1 while the disk takes nothing.', [
      { value: Number(journal.error !== null) },
    ]),
    gauge('watch_control_unreachable', '1 while control’s journal cannot be copied.', [
      { value: Number(controlError !== null) },
    ]),
    gauge(
      'watch_alarms',
      'Alarms that are open.',
      ['page', 'ticket', 'note'].map((severity) => ({ labels: { severity }, value: bySeverity(severity) })),
    ),
  ];
}
