import type { UsageLimit } from '../../ledger/types.ts';
import { eatDay } from '../fields/times/east-africa-time.ts';
import { shillingsToCents } from './accounts/accounts.ts';
import type { WalletTerms } from './accounts/wallet-terms.ts';

/** The smallest and the largest amount of one payment. */
export interface AmountLimits {
  readonly minAmountShillings: number;
  readonly maxAmountShillings: number;
}

export function amountOutside(
  amountCents: bigint,
  { minAmountShillings, maxAmountShillings }: AmountLimits,
): 'below' | 'above' | undefined {
  if (amountCents < shillingsToCents(minAmountShillings)) return 'below';
  return amountCents > shillingsToCents(maxAmountShillings) ? 'above' : undefined;
}

/**
 * What a customer may send on one day in East Africa, in all products together: everybody's limit, or their
 * own.
 */
export function sentOnDay(
  msisdn: string,
  atMs: number,
  { dailyLimitShillings }: { readonly dailyLimitShillings: number },
  terms: WalletTerms | undefined,
): UsageLimit {
  return {
    scope: 'daily-out',
    key: msisdn,
    window: eatDay(atMs),
    maxCents: terms?.dailyLimitCents ?? shillingsToCents(dailyLimitShillings),
  };
}
