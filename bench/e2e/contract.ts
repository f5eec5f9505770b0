import type { Shop } from '../../test/stack/stack.ts';

/** What the bench asks of the merchants, one after the other; each is answered by one message. */
export type Ask = { ask: 'open'; shop: Shop } | { ask: 'load'; load: Load };

export interface Load {
  /** Payments offered a second; `null`: as fast as they are taken. */
  perSecond: number | null;
  seconds: number;
  /** Closed loop: each of so many customers pays again once the callback of his payment has arrived. */
  customers: number;
}

export interface Paid {
  checkoutRequestId: string;
  /** Milliseconds since the epoch: the acknowledgement, and the callback's arrival. */
  takenAtMs: number;
  toldAtMs: number;
}

export interface Loaded {
  startedAtMs: number;
  /** Nothing was sent after it. */
  stoppedAtMs: number;
  paid: Paid[];
  /** Payments that ended in another result than 0. */
  notPaid: number;
  /** Refused as busy, and asked again. */
  refused: number;
  /** Callbacks that came a second time. */
  twice: number;
}
