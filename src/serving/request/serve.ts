import { Deadline } from '../../platform/deadline.ts';
import type { Place, ServedOutcome } from '../admission/bulkhead.ts';
import type { LatencyBaseline } from '../admission/latency-baseline.ts';
import type { ServerMetrics } from '../metrics.ts';
import type { Refusal, RefusalForm } from '../types.ts';
import type { ActiveRequests } from './active.ts';
import { type Exchange, pathOf, type Served, unknownOperation } from './exchange.ts';
import { outcomeOf, type RequestOutcome } from './outcome.ts';
import { writeRefusal } from './refusal.ts';

export interface ServeOptions {
  readonly active: ActiveRequests<Exchange>;
  readonly metrics: ServerMetrics;
  readonly latencies: LatencyBaseline;
  readonly productSettings: (product: string) => { readonly deadlineMs: number };
  readonly refusalForm: RefusalForm;
  readonly notFound: (path: string) => Refusal;
  /** Of the release in force. */
  readonly configVersion: () => string;
  /** Gives it to the framework. */
  readonly dispatch: (exchange: Exchange) => void;
  readonly ended: (exchange: Exchange, outcome: RequestOutcome, configVersion: string) => void;
  readonly now: () => number;
}

/**
 * Serves what was admitted, in its place: it has a deadline, and its outcome is counted once, when it is
 * answered or when the deadline passes, whichever is first. What the handler brings after that is ignored.
 */
export function createServe(options: ServeOptions): (exchange: Exchange, place: Place) => void {
  const { active, metrics, latencies, productSettings, refusalForm, notFound, configVersion } = options;
  const { dispatch, ended, now } = options;

  return (exchange, place) => {
    const { request, response, operation, receivedAt } = exchange;
    const { product, path: route } = operation ?? unknownOperation;
    const { deadlineMs } = productSettings(product);
    const leftMs = deadlineMs - (now() - receivedAt);
    const served: Served = {
      place,
      deadline: Deadline.in(leftMs),
      operation,
      configVersion: configVersion(),
      caller: undefined,
      framework: undefined,
    };
    request.served = served;
    const settle = (outcome: ServedOutcome) => {
      clearTimeout(timer);
      active.on(route).delete(exchange);
      place.leave(response.injected ? 'failed' : outcome);
      const tookMs = now() - receivedAt;
      metrics.answered({
        method: request.method ?? '',
        route,
        status: response.statusCode,
        blame: response.blame,
        configVersion: served.configVersion,
        seconds: tookMs / 1_000,
      });
      // Neither counted nor learned from.
      if (response.injected) return;
      const judged = outcomeOf(
        { product, ended: outcome, blame: response.blame, tookMs, deadlineMs },
        latencies,
      );
      ended(exchange, judged, served.configVersion);
    };
    response.whenAnswered = () => settle(response.blame === undefined ? 'answered' : 'failed');
    const timer = setTimeout(() => {
      response.whenAnswered = undefined;
      if (!response.injected) metrics.deadlineExceeded(route, served.framework?.request.stage ?? 'framework');
      // What the handler still brings is ignored.
      served.framework?.reply.hijack();
      const refusal = refusalForm(operation, 'deadline', pathOf(exchange));
      if (!response.headersSent) response.statusCode = refusal.status;
      if (!response.injected) response.blame = { fault: 'ours', kind: 'deadline' };
      response.heldUntil = undefined;
      settle('deadline');
      if (response.headersSent) response.destroy();
      else writeRefusal(response, refusal);
    }, Math.ceil(leftMs)).unref();
    if (exchange.target === undefined) writeRefusal(response, notFound(request.url ?? ''));
    else dispatch(exchange);
  };
}
