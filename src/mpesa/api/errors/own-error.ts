import type { Blame } from '../../../serving/types.ts';
import type { Cause } from './failures.ts';
import { type ErrorForm, type Family, families } from './families.ts';

/** An error that one product alone has, or a few share. */
export interface OwnError {
  readonly status: number;
  readonly code: string;
  readonly text: string;
  /** The gateway's, unless it says another. */
  readonly form?: ErrorForm;
  readonly blame: Blame;
  readonly cause: Cause;
}

/**
 * The family's internal error (`500.001.1001` …) with a text of its own: so the vendor tells faults of
 * others; the text decides.
 */
export function ownText(family: Family, text: string, blame: Blame, cause: Cause): OwnError {
  const { status, code } = families.internal[family];
  return { status, code, text, blame, cause };
}
