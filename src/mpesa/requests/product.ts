import type { Books } from '../../ledger/books.ts';
import type { Transfer, Verdict } from '../../ledger/types.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Deadline } from '../../platform/deadline.ts';
import type { InitiatorRole } from '../parties/initiators.ts';
import type { Result } from '../results/codes.ts';
import type { Item, ResultForm } from '../results/envelope.ts';
import type { OpenRequest, PayingRequest } from './types.ts';

/**
 * What a product with an initiator is to the settlement: whom it allows, what it does, and how its results
 * look.
 */
export type RequestProduct = AnsweringProduct | PayingProduct;

interface Settled {
  /** As the catalogue names it. */
  readonly name: string;
  /** What the initiator must be allowed. */
  readonly role: InitiatorRole;
  readonly form: ResultForm;
}

/** A product that moves no money. */
export interface AnsweringProduct extends Settled {
  /**
   * What becomes of a request whose initiator may make it. It changes nothing by itself: after a crash it is
   * asked again, and of two workers one answer counts. An exception is this one request's matter, which comes
   * again later.
   */
  readonly answer: (request: OpenRequest, context: Context) => Promise<Answer>;
}

/** A product that moves money. */
export interface PayingProduct extends Settled {
  /** Why no money may move; `undefined`: from now on the books alone decide. */
  readonly refusal: (request: OpenRequest, context: Context) => Promise<Result | undefined>;
  /** The ids of the transfers follow from the request's, so that posting it again is the same posting. */
  readonly payment: (request: PayingRequest, context: Context) => Promise<Payment>;
}

/** The same in the product's descriptor, which has its name. */
export type Settlement = Omit<AnsweringProduct, 'name'> | Omit<PayingProduct, 'name'>;

export function pays(product: RequestProduct): product is PayingProduct {
  return 'payment' in product;
}

export interface Context {
  readonly database: Database;
  readonly books: Pick<Books, 'balances' | 'openAccounts'>;
  readonly at: Date;
  readonly deadline: Deadline;
}

export interface Answer {
  readonly result: Result;
  /** `ResultParameters` of a success. */
  readonly parameters?: readonly Item[];
}

export interface Payment {
  readonly transfers: readonly Transfer[];
  /**
   * What the verdict means. `undefined`: an id was spent on another posting, which has resolved the request.
   */
  readonly told: (verdict: Verdict) => Answer | undefined;
}
