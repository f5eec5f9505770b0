import type { Database, DatabaseClient } from '../platform/database.ts';

/** Who is paid, and by which numbers. */
export interface MerchantView {
  name: string;
  kind: 'paybill' | 'till';
  /** `BusinessShortCode`: the pay bill, or the till's store number. */
  shortCode: string;
  /** `PartyB`: the same number for a pay bill. */
  partyB: string;
  products: readonly string[];
  /** The app that was made with it, its key masked; `null`: it has none of its own. */
  consumerKey: string | null;
}

export interface NewMerchant {
  name: string;
  /** Its own number, when it is a pay bill. Made up when neither is given. */
  paybill?: string;
  /** Its till, and the store number that signs the till's requests; one that is not given is made up. */
  till?: string;
  store?: string;
}

/** What a merchant's app needs, shown this once: all secrets are kept as their hashes alone. */
export interface MerchantCredentials extends Pick<MerchantView, 'name' | 'kind' | 'shortCode' | 'partyB'> {
  passkey: string;
  consumerKey: string;
  consumerSecret: string;
  /** Of the requests that an initiator makes, with every role. */
  initiatorName: string;
  initiatorPassword: string;
}

/**
 * The merchants, kept in the same database by the API: control makes them so that who did it is in the one
 * journal. Told by the process that composes both, as the two after it.
 */
export interface MerchantDirectory {
  list(client: Database | DatabaseClient): Promise<MerchantView[]>;
  /** `taken`: somebody has that number; what was written is to be rolled back. */
  create(
    client: DatabaseClient,
    wanted: NewMerchant,
  ): Promise<{ merchant: MerchantCredentials; taken?: never } | { taken: string }>;
}

export interface CallbackQuery {
  state?: string;
  host?: string;
  /** CheckoutRequestID or receipt of its payment. */
  payment?: string;
  limit: number;
  /** Also those of Imara's own payments. */
  synthetic: boolean;
}

/**
 * What merchants were told. An id may be that of the callback, or the CheckoutRequestID or receipt of its
 * payment.
 */
export interface CallbackDirectory {
  readonly states: readonly string[];
  /** The newest first. */
  list(client: Database | DatabaseClient, query: CallbackQuery): Promise<object[]>;
  /** With every attempt; secrets in its headers are masked. */
  show(client: Database | DatabaseClient, id: string): Promise<object | undefined>;
  /** Sends one that failed again; returns its own id. */
  resend(
    client: DatabaseClient,
    id: string,
    now: number,
  ): Promise<{ id: string } | { refused: 'not_found' | 'pending' | 'delivered' }>;
}
