import { controlBackoff } from '../../src/agent/link/backoff.ts';
import { nextRunMs } from '../../src/auth/refresh.ts';
import { nextBeatMs } from '../../src/control/leader/beat-interval.ts';
import { startDelayMs } from '../../src/platform/arrival.ts';
import { connections, workerConnections } from '../../src/process/roles/connections.ts';
import { step } from '../../src/supervisor/process/lifecycle.ts';

/** The decisions under test: when each instance does what. A mutant is one of them with a fault put in. */
export interface Decisions {
  readonly startDelayMs: typeof startDelayMs;
  readonly controlBackoff: typeof controlBackoff;
  readonly nextBeatMs: typeof nextBeatMs;
  readonly nextRunMs: typeof nextRunMs;
  readonly lifecycle: typeof step;
  readonly connections: { readonly api: number; readonly worker: number };
}

export const realDecisions: Decisions = {
  startDelayMs,
  controlBackoff,
  nextBeatMs,
  nextRunMs,
  lifecycle: step,
  connections: { api: connections.api, worker: workerConnections },
};
