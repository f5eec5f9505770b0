import type { Result, ResultCode } from '../results/codes.ts';

/**
 * What is to become of a request that a fault has hit and that is taken all the same. Written before the
 * request itself, under the same id, so that whichever worker claims it finds it; JSON.
 */
export interface PlannedFault {
  readonly fault: string;
  readonly result?: { readonly code: ResultCode; readonly callback: string; readonly query: string };
  readonly resultAfterMs?: number;
  readonly queueTimeout?: true;
  readonly processingMs?: number;
}

/**
 * For a query of rows under the alias of their table, whose key is `id`: `null` but for those that were hit.
 */
export const plannedColumn = (alias: string) =>
  `(select plan from mpesa.planned_fault where request_id = ${alias}.id) as planned`;

/** What a worker does with what it claimed. */
export type Interference =
  | { readonly kind: 'none' }
  /** Not before then. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'queue_timeout' }
  | { readonly kind: 'result'; readonly result: Result & { readonly query: string } };

const NONE: Interference = { kind: 'none' };

export function interferenceWith(
  { planned, acceptedAt }: { planned?: PlannedFault | null | undefined; acceptedAt: Date },
  nowMs: number,
): Interference {
  if (planned === null || planned === undefined) return NONE;
  const { fault, result, resultAfterMs = 0, queueTimeout } = planned;
  const untilMs = acceptedAt.getTime() + resultAfterMs;
  if (untilMs > nowMs) return { kind: 'wait', untilMs };
  if (queueTimeout) return { kind: 'queue_timeout' };
  if (result === undefined) return NONE;
  return {
    kind: 'result',
    result: { ...result, cause: [`The fault ${fault}.`, '`npx imara faults list`.'] },
  };
}
