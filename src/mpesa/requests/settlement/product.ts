import type { AnswerOutcome } from '../../../handset/types.ts';
import type { Books } from '../../../ledger/books.ts';
import type { Companion, Transfer, Verdict } from '../../../ledger/types.ts';
import type { Database } from '../../../platform/database/database.ts';
import type { Deadline } from '../../../platform/deadline.ts';
import type { AccountOpener } from '../../parties/accounts/account-opener.ts';
import type { InitiatorRole } from '../../parties/initiators/initiators.ts';
import type { FindParty } from '../../parties/party.ts';
import type { Result } from '../../results/codes.ts';
import type { CallbackForm, Item } from '../../results/envelope.ts';
import type { Transaction } from '../../transactions/types.ts';
import type { EndedRequest, PayingRequest } from '../types.ts';
import type { Question } from './judged.ts';

/**
 * What an asynchronous product is to the settlement: whom it allows, whom it asks, what it does, and how its
 * results look. `Settings`: what it reads of a release.
 */
export type RequestProduct<Settings = unknown> = AnsweringProduct<Settings> | PayingProduct<Settings>;

interface Settled<Settings> {
  /** As the catalogue names it. */
  readonly name: string;
  /**
   * What the initiator must be allowed (result 21), by what is asked. `null`: no initiator asks, and nobody
   * is judged; every app with a token may ask.
   */
  readonly role: InitiatorRole | ((request: EndedRequest) => InitiatorRole) | null;
  readonly form: CallbackForm;
  /** Somebody must say yes on a phone before the product answers or pays. */
  readonly asks?: Asks<Settings>;
}

/** Whose phone asks what, and what it means when the answer is not yes. */
export interface Asks<Settings = unknown> {
  /** Asked again after a crash, the phone shows one prompt all the same. A result: nobody is asked. */
  readonly prompt: (request: EndedRequest, context: Context<Settings>) => Promise<Question | Result>;
  /** How long the phone has. */
  readonly lifetimeMs: (settings: Settings) => number;
  readonly refused: Readonly<Record<Exclude<AnswerOutcome, 'accepted'>, Result>>;
}

/** A product that moves no money. */
export interface AnsweringProduct<Settings = unknown> extends Settled<Settings> {
  /**
   * What becomes of a request whose initiator may make it. It changes nothing by itself: after a crash it is
   * asked again, and of two workers one answer counts. An exception is this one request's matter, which comes
   * again later.
   */
  readonly answer: (request: EndedRequest, context: Context<Settings>) => Promise<Answer>;
}

/** A product that moves money. */
export interface PayingProduct<Settings = unknown> extends Settled<Settings> {
  /** Why no money may move; `undefined`: from now on the books alone decide. */
  readonly refusal: (request: EndedRequest, context: Context<Settings>) => Promise<Result | undefined>;
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

/** Whose requests ask a phone before anything else. */
export type AskingProduct<Settings = unknown> = RequestProduct<Settings> & { readonly asks: Asks<Settings> };

export function asks<Settings>(product: RequestProduct<Settings>): product is AskingProduct<Settings> {
  return product.asks !== undefined;
}

export interface Context<Settings = unknown> {
  readonly database: Database;
  readonly books: Pick<Books, 'balances' | 'openAccounts'>;
  readonly accounts: AccountOpener;
  /** As it is now: those that a batch of requests asks for are one query. */
  readonly party: FindParty;
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
