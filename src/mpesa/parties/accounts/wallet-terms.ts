/**
 * Where a subscriber's account differs from everybody's. Who they are is said by the composition root: the
 * simulator promises some numbers what they have, and the books never ask it.
 */
export interface WalletTerms {
  readonly openingCents?: bigint;
  readonly dailyLimitCents?: bigint;
  /**
   * Before each payment: what it lacks is given, or whatever there is is taken, so that the result is the
   * promised one for ever.
   */
  readonly holds?: 'enough' | 'too_little';
  /** Never opened an M-Pesa account. */
  readonly unregistered?: true;
}

/** `undefined`: as everybody's. */
export type TermsOf = (msisdn: string) => WalletTerms | undefined;
