import { enqueueCallback } from '../../../delivery/outbox/enqueue.ts';
import type { Claim } from '../../../delivery/outbox/handover.ts';
import type { Callback } from '../../../delivery/types.ts';
import type { Companion, Verdict } from '../../../ledger/types.ts';
import { initiatorResults, paymentResults } from '../../results/codes.ts';
import { type CallbackForm, type Ending, resultCallback } from '../../results/envelope.ts';
import { refusedPayment } from '../../results/verdict.ts';
import { transactionCompanion } from '../../transactions/companion.ts';
import { resultRow } from '../../work-queue/rows.ts';
import type { PayingRequest } from '../types.ts';
import type { Applied, Payment } from './product.ts';
import { resolvePaying } from './rows.ts';

/** A request whose money is to move. */
export interface Posting {
  readonly request: PayingRequest;
  readonly payment: Payment;
  readonly at: Date;
}

function endingOf({ request, payment, at }: Posting, verdict: Verdict): Ending | undefined {
  if (verdict.applied) {
    const parameters = payment.parameters(verdict);
    return { result: initiatorResults.done, parameters, at, receipt: request.receipt };
  }
  const own = payment.refused?.(verdict);
  if (own !== undefined) return { result: own, at };
  const refused = refusedPayment(verdict.reason);
  return refused && { result: paymentResults[refused], at };
}

/** What a verdict makes public. */
export interface Outcome {
  readonly ending: Ending;
  /** None, or one. */
  readonly callbacks: readonly Callback[];
}

/** `undefined`: an id was spent on another posting, which has resolved the request. */
export function outcomeOf(posting: Posting, verdict: Verdict, form: CallbackForm): Outcome | undefined {
  const ending = endingOf(posting, verdict);
  return ending && { ending, callbacks: resultCallback(posting.request, ending, form) };
}

/** What commits with the verdict; the callback with its claim. */
export function consequences(
  posting: Posting,
  verdict: Verdict,
  { ending, callbacks }: Outcome,
  claim: Claim | undefined,
): Companion[] {
  return [
    ...(verdict.applied ? moved(posting, verdict) : []),
    { statement: resolvePaying, row: resultRow(posting.request.id, ending.result, ending.at) },
    ...callbacks.map((callback) => enqueueCallback(callback, claim)),
  ];
}

function moved({ request, payment, at }: Posting, applied: Applied): Companion[] {
  const { receipt, product, conversationId, originatorConversationId, acceptedAt } = request;
  const transaction = transactionCompanion({
    ...payment.transaction,
    receipt,
    product,
    conversationId,
    originatorConversationId,
    transferId: payment.transfers[0].id,
    initiatedAt: acceptedAt,
    finalisedAt: at,
  });
  return [transaction, ...(payment.companions?.(applied) ?? [])];
}
