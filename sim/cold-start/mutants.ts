import { createBackoff } from '../../src/platform/loop/backoff.ts';
import { type Decisions, realDecisions } from './decisions.ts';

export interface Mutant {
  readonly name: string;
  readonly decisions: Partial<Decisions>;
  /** What the run must then complain of. */
  readonly caughtBy: RegExp;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'no process waits its turn after a power cut',
    decisions: { startDelayMs: () => 0 },
    caughtBy: /authentication servers/,
  },
  {
    name: 'instances come back to control as in a small fleet',
    decisions: { controlBackoff: (_, random) => realDecisions.controlBackoff(1, random) },
    caughtBy: /a second to control/,
  },
  {
    name: 'instances come back to control without chance',
    decisions: { controlBackoff: () => createBackoff({ firstMs: 5_000, mostMs: 10_000 }, () => 0.5) },
    caughtBy: /in 100 ms to control/,
  },
  {
    name: 'a large fleet beats as often as a small one',
    decisions: { nextBeatMs: (phase, told) => realDecisions.nextBeatMs(phase, { ...told, fleetSize: 1 }) },
    caughtBy: /a second to control/,
  },
  {
    name: 'pools have no bound to speak of',
    decisions: { connections: { api: 50, worker: 50 } },
    caughtBy: /connections to one PostgreSQL/,
  },
  {
    name: 'a process that fails to boot is never tried again',
    decisions: {
      lifecycle: (state, event, now, policy) =>
        event.type === 'exited'
          ? { state: { mode: 'stopped' }, effects: [] }
          : realDecisions.lifecycle(state, event, now, policy),
    },
    caughtBy: /until the last is up/,
  },
];
