import type { Handover } from '../../delivery/outbox/handover.ts';
import type { HandsetGateway } from '../../handset/types.ts';
import type { Books } from '../../ledger/books.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Log } from '../../platform/log.ts';
import type { Receipts } from '../identifiers/receipt-numbers.ts';
import type { AccountOpener } from '../parties/accounts/account-opener.ts';
import type { TermsOf } from '../parties/accounts/wallet-terms.ts';
import type { ResultCode } from '../results/codes.ts';

/**
 * The settlement of a product whose rows are its own, and not requests of the engine that most products share
 * (`requests/settlement/product.ts`): STK push, standing orders, bills. Workers run what the catalogue lists.
 * `Settings`: what it reads of a release.
 */
export interface OwnSettlement<Settings = unknown> {
  /**
   * Its pool: how many connections a worker has for it at most. `steps`: those of a second pool, whose
   * commits do not wait for the disk.
   */
  readonly pool: { readonly connections: number; readonly steps?: number; readonly plansOnce?: boolean };
  /** Of its counter `…_total` and its histogram `…_duration_seconds`; without: nothing is counted. */
  readonly metrics?: { readonly name: string; readonly what: string };
  /** Runs until `signal` aborts; settles when it has begun nothing more. Any number may run at once. */
  readonly run: (deps: SettlementDependencies<Settings>) => Promise<void>;
}

/** What a worker has for it. */
export interface SettlementDependencies<Settings> {
  readonly database: Database;
  /** For claims, prompts and answers, of which nobody is notified; the gateway goes by it too. */
  readonly steps: Database;
  readonly books: Pick<Books, 'post'>;
  readonly accounts: AccountOpener;
  readonly receipts: Receipts;
  /** The way to the phones, of prompts of this product's own. */
  readonly gateway: HandsetGateway;
  /** Whose daily limit is not everybody's. */
  readonly termsOf: TermsOf;
  /** Those of the release in force. */
  readonly settings: () => Settings;
  readonly clock: Clock;
  readonly log: Log;
  /** Sends callbacks that this process has written. */
  readonly handover: Handover;
  /** Callbacks, or payments, wait in the database. */
  readonly onWritten: () => void;
  /** Called once for each payment that got its result here: metrics, and evidence for the gate. */
  readonly onEnded: (ended: EndedPayment) => void;
  readonly signal: AbortSignal;
}

export interface EndedPayment {
  readonly code: ResultCode;
  /** `failed`: by our own fault. */
  readonly outcome: 'paid' | 'refused' | 'failed';
  readonly durationMs: number;
  readonly msisdn: string;
  readonly shortCode: string;
  /** A failure that somebody asked for. */
  readonly injected: boolean;
}
