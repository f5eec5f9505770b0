import type { Books } from '../../../ledger/books.ts';
import type { Companion, Transfer, Verdict } from '../../../ledger/types.ts';
import type { Database } from '../../../platform/database/database.ts';
import type { Deadline } from '../../../platform/deadline.ts';
import type { AccountOpener } from '../../parties/accounts/account-opener.ts';
import type { InitiatorRole } from '../../parties/initiators/initiators.ts';
import type { Result } from '../../results/codes.ts';
import type { Item, ResultForm } from '../../results/envelope.ts';
import type { Transaction } from '../../transactions/types.ts';
import type { OpenRequest, PayingRequest } from '../types.ts';

/**
 * What a product with an initiator is to the settlement: whom it allows, what it does, and how its results
 * look. `Settings`: what it reads of a release.
 */
export type RequestProduct<Settings = unknown> = AnsweringProduct<Settings> | PayingProduct<Settings>;

interface Settled {
  /** As the catalogue names it. */
  readonly name: string;
  /** What the initiator must be allowed (result 21), by what is asked. */
  readonly role: InitiatorRole | ((request: OpenRequest) => InitiatorRole);
  readonly form: ResultForm;
}

/** A product that moves no money. */
export interface AnsweringProduct<Settings = unknown> extends Settled {
  /**
   * What becomes of a request whose initiator may make it. It changes nothing by itself: after a crash it is
   * asked again, and of two workers one answer counts. An exception is this one request's matter, which comes
   * again later.
   */
  readonly answer: (request: OpenRequest, context: Context<Settings>) => Promise<Answer>;
}

/** A product that moves money. */
export interface PayingProduct<Settings = unknown> extends Settled {
  /** Why no money may move; `undefined`: from now on the books alone decide. */
  readonly refusal: (request: OpenRequest, context: Context<Settings>) => Promise<Result | undefined>;
  /**
   * The ids of the transfers follow from the request's, so that posting it again is the same posting. The
   * accounts that it names are open.
   */
  readonly payment: (request: PayingRequest, context: Context<Settings>) => Promise<Payment>;
}

/** The same in the product's descriptor, which has its name. */
export type Settlement<Settings = unknown> =
  | Omit<AnsweringProduct<Settings>, 'name'>
  | Omit<PayingProduct<Settings>, 'name'>;

export function pays<Settings>(product: RequestProduct<Settings>): product is PayingProduct<Settings> {
  return 'payment' in product;
}

export interface Context<Settings = unknown> {
  readonly database: Database;
  readonly books: Pick<Books, 'balances' | 'openAccounts'>;
  readonly accounts: AccountOpener;
  /** Of the release in force. */
  readonly settings: Settings;
  readonly at: Date;
  readonly deadline: Deadline;
}

export interface Answer {
  readonly result: Result;
  /** `ResultParameters` of a success. */
  readonly parameters?: readonly Item[];
}

/** What the books say of a payment. */
export type Applied = Extract<Verdict, { applied: true }>;
export type Refused = Extract<Verdict, { applied: false }>;

export interface Payment {
  /** The first is the payment, others are its charges. */
  readonly transfers: readonly [Transfer, ...Transfer[]];
  /** What the receipt stands for; the rest of the transaction follows from the request. */
  readonly transaction: Pick<
    Transaction,
    'debit' | 'credit' | 'amountCents' | 'chargeCents' | 'reference' | 'reasonType'
  >;
  /** `ResultParameters` of a success. */
  readonly parameters: (applied: Applied) => readonly Item[];
  /** What this product tells of a refusal; `undefined`: what every payment tells. */
  readonly refused?: (refused: Refused) => Result | undefined;
  /** What else commits with the money: texts to phones. Idempotent. */
  readonly companions?: (applied: Applied) => readonly Companion[];
}
