import type { Credentials } from '../../src/supervisor/home/credentials.ts';

export const productNames = ['stk', 'b2c', 'c2b'] as const;

export type ProductName = (typeof productNames)[number];

/** What merchants need to ask anything. */
export interface Shopping {
  token: string;
  /** `certificate`: its text. */
  credentials: Credentials;
}

/** What the bench asks of the merchants, one after the other; each is answered by one message. */
export type Ask =
  | { ask: 'open'; api: string; credentials: Credentials }
  | { ask: 'prepare'; product: ProductName }
  | { ask: 'load'; load: Load };

export interface Load {
  product: ProductName;
  /** Payments offered a second; `null`: as fast as they are taken. */
  perSecond: number | null;
  seconds: number;
  /** Closed loop: each of so many customers pays again once the callback of his payment has arrived. */
  customers: number;
}

export interface Paid {
  /** Of an STK push its CheckoutRequestID. */
  id: string;
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
  /** Connections lost with a request on them: whether it was taken is unknown, and it is left out. */
  broken: number;
  /** Callbacks that came a second time. */
  twice: number;
}
