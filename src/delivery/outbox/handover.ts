import type { Callback } from '../types.ts';

/** A callback that is written as claimed by the worker that writes it, to be sent without being read back. */
export interface Claim {
  readonly id: string;
  readonly host: string;
  /** From the transaction that writes it. */
  readonly leaseMs: number;
}

/** For who writes callbacks in the process that sends them; each claim is taken or let go. */
export interface Handover {
  /** Before it is written; `undefined`: it is to be written unclaimed, and found as any other. */
  claim(url: string): Claim | undefined;
  /** It is committed, by this very call, and is to be sent. */
  take(callback: Callback, claim: Claim): void;
  /** It was not written, or nobody knows. */
  letGo(claim: Claim): void;
}
