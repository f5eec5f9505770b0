import { Counter, Histogram, type Registry } from 'prom-client';
import type { ResultCode } from '../../../mpesa/results/codes.ts';

export interface ResultMetrics<Label extends string> {
  /** Of the counter `…_total`, and of the histogram `…_duration_seconds`. */
  readonly name: string;
  /** What got its result: `STK pushes`. */
  readonly what: string;
  /** From what on the time counts: `acknowledgement`. */
  readonly since: string;
  /** By what both are kept apart, beside the result. */
  readonly labels: readonly Label[];
  /** Upper bounds, in seconds. */
  readonly buckets: readonly number[];
}

/** Counts what got its result, by its code, and how long that took. */
export function resultMetrics<Label extends string>(
  registry: Registry,
  { name, what, since, labels, buckets }: ResultMetrics<Label>,
): (ended: { by: Record<Label, string>; code: ResultCode; durationMs: number }) => void {
  const total = new Counter({
    name: `${name}_total`,
    help: `${what} that got their result, by ${[...labels, 'result code'].join(' and ')}.`,
    labelNames: [...labels, 'result_code'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: `${name}_duration_seconds`,
    help: `${what}: from the ${since} to the result.`,
    labelNames: labels,
    buckets: [...buckets],
    registers: [registry],
  });
  return ({ by, code, durationMs }) => {
    total.inc({ ...by, result_code: String(code) });
    duration.observe({ ...by }, durationMs / 1_000);
  };
}
