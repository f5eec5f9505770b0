import type { Outcome } from '../../../agent/thread/counters.ts';
import { Deadline, DeadlineExceeded, within } from '../../../platform/deadline.ts';
import type { Log } from '../../../platform/log.ts';
import { repeat } from '../../../platform/loop/repeat.ts';
import { createLatencyBaseline } from '../../../serving/admission/latency-baseline.ts';
import type { Configuration } from '../../installation/configuration.ts';
import { SyntheticFault } from '../../synthetic/client.ts';

/**
 * Uses what the process serves with, changing nothing that matters. Resolves to the name of what was done,
 * since latencies of different things are not compared; rejects with what is wrong.
 */
export type Probe = (deadline: Deadline) => Promise<string>;

/** While a change is under way, instances that have it and those that have not are probed alike. */
const CHANGING_MS = 200;
const IDLE_MS = 2_000;
/** Longer than a synthetic payment takes, whose phone answers like a person. */
const PROBE_MS = 20_000;

/**
 * Probes again and again, one at a time, so that a change can be judged where there is no traffic. Returns
 * what ends it.
 */
export function keepProbing(probe: Probe, configuration: Configuration, log: Log): () => void {
  const latencies = createLatencyBaseline(configuration);
  let ended = false;
  let lastFault: string | undefined;

  const waitMs = () => {
    // What failed is looked at closely: three in a row are a fact, and nobody should wait for them.
    const isClose = configuration.changing() || lastFault !== undefined;
    return isClose ? CHANGING_MS : IDLE_MS;
  };
  const once = async () => {
    const record = configuration.probe();
    const { outcome, fault, payment } = await outcomeOf(probe, latencies.isSlow);
    if (ended) return;
    record(outcome, fault);
    if (fault !== lastFault && fault !== undefined)
      log.warn({ fault, CheckoutRequestID: payment }, 'a probe failed');
    lastFault = fault;
  };
  const probing = repeat({ work: once, waitMs, firstMs: waitMs() });
  return () => {
    ended = true;
    void probing.stop();
  };
}

async function outcomeOf(
  probe: Probe,
  isSlow: (what: string, tookMs: number) => boolean,
): Promise<{ outcome: Outcome; fault?: string; payment?: string | undefined }> {
  const deadline = Deadline.in(PROBE_MS);
  const beganAt = performance.now();
  try {
    const what = await within(deadline, 'the probe', () => probe(deadline));
    const tookMs = performance.now() - beganAt;
    if (!isSlow(what, tookMs)) return { outcome: 'good' };
    return { outcome: 'slow', fault: `a ${what} took ${Math.round(tookMs)} ms` };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    const payment = error instanceof SyntheticFault ? error.payment : undefined;
    return { outcome: error instanceof DeadlineExceeded ? 'deadline' : 'error', fault, payment };
  }
}
