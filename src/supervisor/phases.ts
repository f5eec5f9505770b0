import type { Changes } from './changes.ts';
import type { Home } from './home/home.ts';
import { tail } from './log-files.ts';
import { inPhases, type PlannedProcess } from './plan.ts';
import type { Supervised } from './process/supervised.ts';

const PHASE_MS = 120_000;
const LOG_LINES_SHOWN = 12;
/** Beyond the drain: for a kill to be noticed. */
export const KILL_NOTICED_MS = 5_000;

type Processes = ReadonlyMap<PlannedProcess, Supervised>;

/**
 * Starts what is planned, a phase after the other: each when all of the one before are ready, or will not be.
 * `goOn` throws when a stop was asked for meanwhile; `givenUp` is the same question.
 */
export async function startInPhases(
  processes: Processes,
  {
    changes,
    home,
    say,
    goOn,
    givenUp,
  }: {
    changes: Changes;
    home: Home;
    say: (line: string) => void;
    goOn: () => void;
    givenUp: () => boolean;
  },
): Promise<void> {
  for (const phase of inPhases([...processes.keys()], 'startsIn')) {
    goOn();
    for (const one of phase) processes.get(one)?.start();
    await changes.until(() => phase.every((one) => hasSettled(processes.get(one))) || givenUp(), PHASE_MS);
    goOn();
    for (const one of phase) {
      const supervised = processes.get(one);
      if (supervised === undefined || supervised.state.mode === 'ready') continue;
      const log = await tail(home.log(one.name), LOG_LINES_SHOWN);
      say(`${one.name} does not start (${supervised.lastEnd ?? 'it never said that it is ready'}):\n${log}`);
    }
    const ready = phase.filter((one) => processes.get(one)?.state.mode === 'ready');
    if (ready.length > 0) say(`${ready.map(({ name }) => name).join(', ')} ready`);
  }
  goOn();
}

/** Asks each phase to stop when the one before has; each has its drain, after which it is killed. */
export async function stopInPhases(processes: Processes, changes: Changes): Promise<void> {
  for (const phase of inPhases([...processes.keys()], 'stopsIn')) {
    for (const one of phase) processes.get(one)?.stop(one.drainMs);
    const slowest = Math.max(...phase.map(({ drainMs }) => drainMs));
    await changes.until(() => haveStopped(phase.map((one) => processes.get(one))), slowest + KILL_NOTICED_MS);
  }
}

export function hasSettled(one: Supervised | undefined): boolean {
  return one === undefined || ['ready', 'crash-looping', 'stopping', 'stopped'].includes(one.state.mode);
}

export function haveStopped(processes: readonly (Supervised | undefined)[]): boolean {
  return processes.every((one) => one === undefined || one.state.mode === 'stopped');
}
