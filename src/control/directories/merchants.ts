import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import type {
  CallbackDetails,
  CallbackView,
  callbackStates,
  MerchantCredentials,
  MerchantView,
} from '../contract/resources/directories/merchants.ts';

export interface NewMerchant {
  name: string;
  /** Its own number, when it is a pay bill. Made up when neither is given. */
  paybill?: string;
  /** Its till, and the store number that signs the till's requests; one that is not given is made up. */
  till?: string;
  store?: string;
}

/**
 * The merchants, kept in the same database by the API: control makes them so that who did it is in the one
 * journal. Told by the process that composes both, as the two after it.
 */
export interface MerchantDirectory {
  list(client: Database | DatabaseClient): Promise<readonly MerchantView[]>;
  /** `taken`: somebody has that number; what was written is to be rolled back. */
  create(
    client: DatabaseClient,
    wanted: NewMerchant,
  ): Promise<{ merchant: MerchantCredentials; taken?: never } | { taken: string }>;
  /** Whether payments are asked of its ValidationURL first; false: nobody has that short code. */
  setValidation(client: DatabaseClient, shortCode: string, validation: boolean): Promise<boolean>;
}

export interface CallbackQuery {
  state?: (typeof callbackStates)[number];
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
  /** The newest first. */
  list(client: Database | DatabaseClient, query: CallbackQuery): Promise<readonly CallbackView[]>;
  /** With every attempt; secrets in its headers are masked. */
  show(client: Database | DatabaseClient, id: string): Promise<CallbackDetails | undefined>;
  /** Sends one that failed again; returns its own id. */
  resend(
    client: DatabaseClient,
    id: string,
    now: number,
  ): Promise<{ id: string } | { refused: 'not_found' | 'pending' | 'delivered' }>;
}
