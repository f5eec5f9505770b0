import { Counter, Gauge, type Registry } from 'prom-client';
import type { Counts, UnderWay } from './counts.ts';

/**
 * What `/counts` shows the watch, for Prometheus: the same numbers, so that the two never disagree. What has
 * no product has an empty label, which Prometheus takes for none.
 */
export function showCounts(registry: Registry, counts: Counts): void {
  const registers = [registry];
  new Counter({
    name: 'imara_outcomes_total',
    help: 'What this process was asked for, by outcome; `bad` is what the platform answers for.',
    labelNames: ['product', 'config_version', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const { product, release, good, bad } of counts.view().counts) {
        const labels = { product: product ?? '', config_version: release };
        this.inc({ ...labels, outcome: 'good' }, good);
        this.inc({ ...labels, outcome: 'bad' }, bad);
      }
    },
  });
  const underWay = (name: string, help: string, value: (one: UnderWay) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['product'],
      registers,
      collect() {
        this.reset();
        for (const one of counts.view().underWay) this.set({ product: one.product }, value(one));
      },
    });
  underWay('imara_requests_under_way', 'Requests that wait or are served.', ({ inFlight }) => inFlight);
  underWay(
    'imara_oldest_request_age_seconds',
    'Age of the request that is nearest to its deadline, or furthest past it; 0 when there is none.',
    ({ oldestMs }) => oldestMs / 1_000,
  );
  underWay(
    'imara_request_deadline_seconds',
    'What that request may take.',
    ({ deadlineMs }) => deadlineMs / 1_000,
  );
}
