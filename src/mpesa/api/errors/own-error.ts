import type { Blame } from '../../../serving/types.ts';
import type { Cause } from './failures.ts';
import { type Family, families } from './families.ts';

/** An error that one product alone has, or a few share. In the gateway's form. */
export interface OwnError {
  readonly status: number;
  readonly code: string;
  readonly text: string;
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
