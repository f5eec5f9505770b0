import type { ProbeResult } from '../detect/reading.ts';
import { within } from '../loop/within.ts';
import { readSecret } from '../settings/load.ts';
import type { Target } from '../settings/targets.ts';
import { checkClock } from './clock.ts';
import { checkDisk } from './disk.ts';
import { checkDns } from './dns.ts';
import { checkHttp } from './http.ts';
import { openPayments } from './payment.ts';
import { checkTcp } from './tcp.ts';
import { checkTls } from './tls.ts';

/** A check that is run again and again, whatever comes of it. */
export interface Repeated {
  readonly subject: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Throws the reason why the target is not well. */
  readonly check: (signal: AbortSignal) => Promise<void>;
  readonly close?: () => void;
}

type Check = Pick<Repeated, 'check' | 'close'>;

/** Opens what a target needs to be checked. `wall`: ms since 1970. */
export async function repeated(target: Target, wall: () => number): Promise<Repeated> {
  const { name, everyMs, timeoutMs } = target;
  return { subject: name, everyMs, timeoutMs, ...(await checkOf(target, wall)) };
}

async function checkOf(target: Target, wall: () => number): Promise<Check> {
  switch (target.kind) {
    case 'http':
      return { check: (signal) => checkHttp(target, signal) };
    case 'tcp':
      return { check: (signal) => checkTcp(target, signal) };
    case 'dns':
      return { check: (signal) => checkDns(target, signal) };
    case 'tls':
      return { check: (signal) => checkTls(target, signal, wall) };
    case 'clock':
      return { check: (signal) => checkClock(target, signal, wall) };
    case 'disk':
      return { check: () => checkDisk(target) };
    case 'payment': {
      const [consumerSecret, passkey] = await Promise.all([
        readSecret(target.consumerSecretFile),
        readSecret(target.passkeyFile),
      ]);
      const { pay, close } = await openPayments({ ...target, consumerSecret, passkey });
      return { check: pay, close };
    }
    default:
      return target satisfies never;
  }
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
  return () => {
    for (const timer of timers) clearInterval(timer);
    for (const { close } of checks) close?.();
  };
}
