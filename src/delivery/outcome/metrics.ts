import { Counter, Gauge, type Registry } from 'prom-client';
import type { AttemptKind } from '../types.ts';

/** Attempts beyond this share one label, so that a long schedule does not make a series each. */
const MAX_ATTEMPT_LABEL = 10;

export interface DeliveryMetrics {
  /** `fault`: could not be attempted, for a fault of ours. */
  attempted(outcome: AttemptKind, attempt: number): void;
  /** `undefined`: not known, because the database did not say. */
  oldestPendingAge(seconds: number | undefined): void;
}

export function deliveryMetrics(registry: Registry): DeliveryMetrics {
  const attempts = new Counter({
    name: 'callback_attempts_total',
    help: 'Attempts to deliver a callback, by how they ended and their number in the schedule',
    labelNames: ['outcome', 'attempt'],
    registers: [registry],
  });
  const oldest = new Gauge({
    name: 'callback_oldest_pending_age_seconds',
    help: 'How long the callback that waits longest has been due; 0: none is; NaN: not known',
    registers: [registry],
  });
  oldest.set(Number.NaN);
  return {
    attempted: (outcome, attempt) => {
      const label = attempt < MAX_ATTEMPT_LABEL ? String(attempt) : `${MAX_ATTEMPT_LABEL}+`;
      attempts.inc({ outcome, attempt: label });
    },
    oldestPendingAge: (seconds) => oldest.set(seconds ?? Number.NaN),
  };
}
