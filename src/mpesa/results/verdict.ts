import type { Rejection } from '../../ledger/types.ts';

/** What a refusal of the books says of a payment; the names are those of its results. */
export type RefusedPayment =
  | 'insufficientFunds'
  | 'overDailyLimit'
  | 'overMaximumBalance'
  | 'debitPartyInvalid';

/**
 * The one place where the books' reasons become results. `undefined`: an id was spent on another posting,
 * which has ended the request. Throws for a reason that no payment has.
 */
export function refusedPayment(reason: Rejection): RefusedPayment | undefined {
  switch (reason) {
    case 'insufficient_funds':
      return 'insufficientFunds';
    case 'over_ceiling':
      return 'overMaximumBalance';
    case 'over_limit':
      return 'overDailyLimit';
    case 'account_not_found':
    case 'account_closed':
    case 'account_frozen':
      return 'debitPartyInvalid';
    case 'id_reused':
      return undefined;
    case 'pending_not_found':
    case 'pending_resolved':
    case 'over_pending_amount':
    case 'original_not_found':
    case 'over_original_amount':
    case 'not_positive':
    case 'same_account':
      throw new Error(`a payment cannot be refused for ${reason}`);
    default:
      return reason satisfies never;
  }
}
