import { Deadline, within } from '../../../platform/deadline.ts';
import type { Log } from '../../../platform/log.ts';
import type { Probe } from './probing.ts';

const STEPS = 6;
const WITHIN_MS = 1_000;

/**
 * Uses a process as its clients will, before it takes the first of them: code is compiled and connections are
 * open by then. What does not work is no reason not to serve (R8): it is said, and found out about by who
 * watches.
 */
export async function warmUp(probe: Probe, log: Log): Promise<void> {
  const deadline = Deadline.in(WITHIN_MS);
  const beganAt = performance.now();
  try {
    await within(deadline, 'the warm-up', async () => {
      for (let step = 0; step < STEPS && !deadline.passed; step++) await probe(deadline);
    });
    log.info({ tookMs: Math.round(performance.now() - beganAt) }, 'warmed up');
  } catch (error) {
    log.warn({ err: error }, 'the warm-up did not come to its end');
  }
}
