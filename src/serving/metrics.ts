import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { EventLoopReading } from '../platform/loop/event-loop.ts';
import type { Blame, RefusalReason } from './types.ts';

export interface ServerMetrics {
  answered(outcome: AnsweredOutcome): void;
  refused(route: string, reason: RefusalReason, configVersion: string): void;
  deadlineExceeded(route: string, stage: string): void;
  clientFault(fault: string): void;
  eventLoop(reading: EventLoopReading): void;
}

export interface AnsweredOutcome {
  method: string;
  route: string;
  status: number;
  /** `undefined`: it got what it asked for. */
  blame: Blame | undefined;
  configVersion: string;
  seconds: number;
}

/** What the server shows when it is asked, and does not count as it goes. */
export interface ServerView {
  routes(): { route: string; active: number; oldestAgeSeconds: number }[];
  products(): { product: string; inFlight: number; limit: number; waiting: number }[];
  configVersion(): string;
}

/** Advice of the OpenTelemetry HTTP conventions. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Release versions kept in the labels: the one before, the one now, the one being tried. */
const LIVE_VERSIONS = 3;

export function createServerMetrics(registry: Registry, view: ServerView): ServerMetrics {
  const registers = [registry];
  const duration = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'From the last byte of a request to its outcome; a deadline that passes is an outcome.',
    labelNames: [
      'http_request_method',
      'http_route',
      'http_response_status_code',
      'error_type',
      'fault',
      'config_version',
    ],
    buckets: BUCKETS,
    registers,
  });
  const refused = new Counter({
    name: 'http_server_refused_total',
    help: 'Requests refused before they were served.',
    labelNames: ['http_route', 'reason', 'config_version'],
    registers,
  });
  const deadlineExceeded = new Counter({
    name: 'http_server_deadline_exceeded_total',
    help: 'Requests whose deadline passed before their handler answered, by what it was doing.',
    labelNames: ['http_route', 'stage'],
    registers,
  });
  const clientFaults = new Counter({
    name: 'http_server_client_faults_total',
    help: 'Connections ended because of what the client sent, or did not send in time.',
    labelNames: ['fault'],
    registers,
  });
  const delay = new Gauge({
    name: 'nodejs_eventloop_delay_p99_seconds',
    help: 'p99 of the last window.',
    registers,
  });
  const utilization = new Gauge({
    name: 'nodejs_eventloop_utilization_ratio',
    help: 'Busy share of the event loop in the last window.',
    registers,
  });
  addViews(registers, view);
  const answeredSeries = createSeries<Parameters<typeof duration.remove>[0]>((labels) =>
    duration.remove(labels),
  );
  const refusedSeries = createSeries<Parameters<typeof refused.remove>[0]>((labels) =>
    refused.remove(labels),
  );
  return {
    answered({ method, route, status, blame, configVersion, seconds }) {
      const { kind, fault } = blame ?? { kind: '', fault: '' };
      const labels = answeredSeries(configVersion, `${method} ${route} ${status} ${kind}`, () => ({
        http_request_method: method,
        http_route: route,
        http_response_status_code: status,
        error_type: kind,
        fault,
        config_version: configVersion,
      }));
      duration.observe(labels, seconds);
    },
    refused(route, reason, configVersion) {
      refused.inc(
        refusedSeries(configVersion, `${route} ${reason}`, () => ({
          http_route: route,
          reason,
          config_version: configVersion,
        })),
      );
    },
    deadlineExceeded: (route, stage) => deadlineExceeded.inc({ http_route: route, stage }),
    clientFault: (fault) => clientFaults.inc({ fault }),
    eventLoop(reading) {
      delay.set(reading.delayP99Ms / 1_000);
      utilization.set(reading.utilization);
    },
  };
}

/** Gauges that are read off the server when somebody asks. */
function addViews(registers: Registry[], view: ServerView): void {
  const gauge = (name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        collect(this);
      },
    });
  gauge('http_server_active_requests', 'Requests being served.', ['http_route'], (active) => {
    for (const { route, active: count } of view.routes()) active.set({ http_route: route }, count);
  });
  gauge(
    'http_server_oldest_request_age_seconds',
    'Age of the oldest request being served; 0 when there is none.',
    ['http_route'],
    (oldest) => {
      for (const { route, oldestAgeSeconds } of view.routes())
        oldest.set({ http_route: route }, oldestAgeSeconds);
    },
  );
  gauge('serving_limit', 'Requests that a product may serve at once, as learned.', ['product'], (limit) => {
    for (const { product, limit: value } of view.products()) limit.set({ product }, value);
  });
  gauge('serving_waiting_requests', 'Requests that wait for a place.', ['product'], (waiting) => {
    for (const { product, waiting: count } of view.products()) waiting.set({ product }, count);
  });
  gauge('config_version_info', 'The release that this process serves with.', ['version'], (info) => {
    info.set({ version: view.configVersion() }, 1);
  });
}

/**
 * Label sets by release version. The oldest version's series go when there is one too many, or they would
 * pile up.
 */
function createSeries<Labels>(remove: (labels: Labels) => void) {
  const versions = new Map<string, Map<string, Labels>>();
  return (version: string, key: string, make: () => Labels): Labels => {
    let series = versions.get(version);
    if (series === undefined) {
      series = new Map();
      versions.set(version, series);
      const [oldest] = versions;
      if (versions.size > LIVE_VERSIONS && oldest !== undefined) {
        oldest[1].forEach(remove);
        versions.delete(oldest[0]);
      }
    }
    let labels = series.get(key);
    if (labels === undefined) {
      labels = make();
      series.set(key, labels);
    }
    return labels;
  };
}
