import type { ServedOutcome } from '../admission/bulkhead.ts';
import type { LatencyBaseline } from '../admission/latency-baseline.ts';
import type { AnsweredResponse, ReceivedRequest } from './exchange.ts';

/**
 * `slow`: far slower than was usual, or answered after half of its time. `saturation`: refused for want of a
 * place. `error`: our fault. `refused`: answered in order, and not with what was asked for, by the fault of
 * the caller or the subscriber.
 */
export type RequestOutcome = 'good' | 'error' | 'deadline' | 'slow' | 'saturation' | 'refused';

/** Who asked, and what of a refusal is to be known. */
export interface Asked {
  /** Its app or what stands for one; the address where nobody is known. */
  readonly caller: string;
  readonly connection: string;
  /** Of its operation. */
  readonly product: string;
  /** Of `refused`. */
  readonly kind?: string;
}

/** How a request that had a place was answered. */
export interface Answered {
  product: string;
  ended: ServedOutcome;
  blame: AnsweredResponse['blame'];
  tookMs: number;
  deadlineMs: number;
}

/** What a request that had a place came to. */
export function outcomeOf(
  { product, ended, blame, tookMs, deadlineMs }: Answered,
  latencies: LatencyBaseline,
): RequestOutcome {
  // Asked of every answer: it learns what is usual.
  const isSlow = latencies.isSlow(product, tookMs) || tookMs > deadlineMs / 2;
  if (ended === 'deadline') return 'deadline';
  if (blame?.fault === 'ours') return 'error';
  if (blame !== undefined) return 'refused';
  return isSlow ? 'slow' : 'good';
}

export function askedBy(
  { socket, served }: ReceivedRequest,
  { blame }: AnsweredResponse,
  outcome: RequestOutcome,
  product: string,
): Asked {
  const address = socket.remoteAddress ?? '';
  return {
    caller: served?.caller ?? address,
    connection: `${address} ${socket.remotePort}`,
    product,
    ...(outcome === 'refused' && blame !== undefined ? { kind: blame.kind } : {}),
  };
}
