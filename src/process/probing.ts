import type { Outcome } from '../agent/counters.ts';
import { Deadline, DeadlineExceeded, within } from '../platform/deadline.ts';
import type { Log } from '../platform/log.ts';
import type { Configuration } from './configuration.ts';

/** Uses what the process serves with, changing nothing that matters. Resolves to what is wrong, or to nothing; a rejection is wrong too. */
export type Probe = (deadline: Deadline) => Promise<string | undefined>;

const EVERY_MS = 200;
/** Longer than a synthetic payment takes, whose phone answers like a person. */
const PROBE_MS = 20_000;

/** Probes again and again, one at a time, so that a change can be judged where there is no traffic. Returns what ends it. */
export function keepProbing(probe: Probe, configuration: Configuration, log: Log): () => void {
  let busy = false;
  let lastFault: string | undefined;
  const timer = setInterval(async () => {
    if (busy) return;
    busy = true;
    const record = configuration.probe();
    const { outcome, fault } = await outcomeOf(probe);
    record(outcome);
    if (fault !== lastFault && fault !== undefined) log.warn({ fault }, 'a probe failed');
    lastFault = fault;
    busy = false;
  }, EVERY_MS).unref();
  return () => clearInterval(timer);
}

async function outcomeOf(probe: Probe): Promise<{ outcome: Outcome; fault: string | undefined }> {
  const deadline = Deadline.in(PROBE_MS);
  try {
    const fault = await within(deadline, 'the probe', () => probe(deadline));
    return { outcome: fault === undefined ? 'good' : 'error', fault };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { outcome: error instanceof DeadlineExceeded ? 'deadline' : 'error', fault };
  }
}
