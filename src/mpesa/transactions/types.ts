import type { AccountId } from '../../ledger/types.ts';

/** Money that moved, as it is known by its receipt: written with the money, whichever product moved it. */
export interface Transaction {
  readonly receipt: string;
  /** As the catalogue names it. */
  readonly product: string;
  /** Of an STK push its CheckoutRequestID and MerchantRequestID. */
  readonly conversationId: string;
  readonly originatorConversationId: string;
  /** Of the books: what a reversal reverses. */
  readonly transferId: string;
  readonly debit: TransactionParty;
  readonly credit: TransactionParty;
  readonly amountCents: bigint;
  /** What the debit party paid besides. */
  readonly chargeCents: bigint;
  /** Account or bill reference; `null`: it has none. */
  readonly reference: string | null;
  /** What it was for (`Pay Bill Online`). */
  readonly reasonType: string;
  readonly initiatedAt: Date;
  readonly finalisedAt: Date;
  /** Receipt of its reversal. */
  readonly reversedBy: string | null;
}

export interface TransactionParty {
  /** MSISDN, or the short code that was asked for: a till's own, though its head office has the money. */
  readonly party: string;
  /** As it was then; `null`: it has none. */
  readonly name: string | null;
  readonly account: AccountId;
}
