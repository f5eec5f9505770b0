import type { Books } from '../../ledger/books.ts';
import type { Database } from '../../platform/database.ts';
import type { Deadline } from '../../platform/deadline.ts';
import type { InitiatorRole } from '../parties/initiators.ts';
import type { Result } from '../results/codes.ts';
import type { Item, ResultForm } from '../results/envelope.ts';
import type { OpenRequest } from './types.ts';

/** What a product with an initiator is to the settlement: whom it allows, what it answers, and how its results look. */
export interface RequestProduct {
  /** As the catalogue names it. */
  readonly name: string;
  /** What the initiator must be allowed. */
  readonly role: InitiatorRole;
  readonly form: ResultForm;
  /**
   * What becomes of a request whose initiator may make it. It changes nothing by itself: after a crash it is asked
   * again, and of two workers one answer counts. An exception is this one request's matter, which comes again later.
   */
  readonly answer: (request: OpenRequest, context: AnswerContext) => Promise<Answer>;
}

export interface AnswerContext {
  readonly database: Database;
  readonly books: Pick<Books, 'balances'>;
  readonly at: Date;
  readonly deadline: Deadline;
}

export interface Answer {
  readonly result: Result;
  /** `ResultParameters` of a success. */
  readonly parameters?: readonly Item[];
}
