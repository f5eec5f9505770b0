import type { ProbeResult } from '../detect/reading.ts';
import { within } from '../loop/within.ts';
import type { Target } from '../settings/targets.ts';
import { checkHttp } from './http.ts';
import { checkTcp } from './tcp.ts';

/** One check of a target; throws the reason why it is not well. */
function checkOf(target: Target): (signal: AbortSignal) => Promise<void> {
  switch (target.kind) {
    case 'http':
      return (signal) => checkHttp(target, signal);
    case 'tcp':
      return (signal) => checkTcp(target, signal);
    default:
      return target satisfies never;
  }
}

/** A check that is run again and again, whatever comes of it. */
export interface Repeated {
  readonly subject: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly check: (signal: AbortSignal) => Promise<void>;
}

export function repeated(target: Target): Repeated {
  const { name, everyMs, timeoutMs } = target;
  return { subject: name, everyMs, timeoutMs, check: checkOf(target) };
}

/**
 * The loop of checks: each has a timer of its own, a deadline, and at most so many under way at once that fit
 * into its deadline, so that one that hangs is late for nobody, not even for itself. Returns what ends it.
 */
export function keepChecking(
  checks: readonly Repeated[],
  now: () => number,
  found: (result: ProbeResult) => void,
): () => void {
  const timers = checks.map(({ subject, everyMs, timeoutMs, check }) => {
    const once = async (): Promise<void> => {
      const at = now();
      const end = (ok: boolean, reason?: string) =>
        found({ subject, at, ok, tookMs: now() - at, ...(reason === undefined ? {} : { reason }) });
      await within(timeoutMs, 'it', check).then(
        () => end(true),
        (error: Error) => end(false, error.message || String(error)),
      );
    };
    void once();
    return setInterval(() => void once(), everyMs);
  });
  return () => timers.forEach(clearInterval);
}
