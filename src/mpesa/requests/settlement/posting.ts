import { enqueueCallback } from '../../../delivery/outbox/enqueue.ts';
import type { Companion, Verdict } from '../../../ledger/types.ts';
import { initiatorResults, paymentResults } from '../../results/codes.ts';
import { type Ending, resultCallback, type Telling } from '../../results/envelope.ts';
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

/** `undefined`: an id was spent on another posting, which has resolved the request. */
export function endingOf({ request, payment, at }: Posting, verdict: Verdict): Ending | undefined {
  if (verdict.applied) {
    const parameters = payment.parameters(verdict);
    return { result: initiatorResults.done, parameters, at, receipt: request.receipt };
  }
  const own = payment.refused?.(verdict);
  if (own !== undefined) return { result: own, at };
  const refused = refusedPayment(verdict.reason);
  return refused && { result: paymentResults[refused], at };
}

/** What commits with the verdict. */
export function consequences(posting: Posting & { readonly form: Telling }, verdict: Verdict): Companion[] {
  const { request, form } = posting;
  const ending = endingOf(posting, verdict);
  if (ending === undefined) return [];
  return [
    ...(verdict.applied ? moved(posting, verdict) : []),
    { statement: resolvePaying, row: resultRow(request.id, ending.result, ending.at) },
    ...resultCallback(request, ending, form).map((callback) => enqueueCallback(callback)),
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
