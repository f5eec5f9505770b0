import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import type { ChangedInitiator } from '../contract/resources/directories/merchants/initiators.ts';
import type {
  CertificateView,
  FundingView,
  MerchantPage,
  NewAppView,
  OpeningMovedView,
  PasskeyView,
} from '../contract/resources/directories/merchants/one.ts';
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
  /** All when absent. */
  products?: readonly string[];
  /** What Working and Utility begin with, each. `source`: whose money; the operator's float when absent. */
  opening?: { amount: string; source?: string };
}

/** `opening` is known when it was tried. */
export type NewCredentials = Omit<MerchantCredentials, 'opening'>;

/** `isNew`: it was not moved before. */
export type OpenedMerchant = OpeningMovedView & { isNew: boolean };

export interface MerchantChange {
  name?: string;
  products?: readonly string[];
  validation?: boolean;
  /** Of a till: whom B2B Express asks. */
  operator?: { nominatedNumber: string; id: string };
  /** Where it is asked whose an account is, and with what; `null`: nowhere any longer. */
  accountNames?: { readonly url: string; readonly key: string; readonly secret: string } | null;
}

/**
 * Why nothing was changed, and what to do. What was written until then is to be rolled back.
 *   no_effect  it is so already, or something else keeps it from having an effect
 */
export interface Refused {
  readonly refused: 'not_found' | 'invalid' | 'no_effect' | 'taken' | 'no_money';
  readonly why: string;
}

/** What is done to an initiator besides adding it. */
export type InitiatorChange =
  | { do: 'roles'; roles: readonly string[] }
  | { do: 'rotate'; password?: string }
  | { do: 'unlock' | 'disable' | 'enable' };

type Queryable = Database | DatabaseClient;
type WithPassword = ChangedInitiator & { password: string };

/**
 * The merchants, kept in the same database by the API: control makes them so that who did it is in the one
 * journal. Given by the process that composes both, as the two after it. Each may be named by any of its
 * numbers.
 */
export interface MerchantDirectory {
  list(client: Queryable): Promise<readonly MerchantView[]>;
  show(client: Queryable, shortCode: string): Promise<MerchantPage | Refused>;
  /** What it begins with is written down, and moved by `open`. */
  create(client: DatabaseClient, wanted: NewMerchant): Promise<NewCredentials | Refused>;
  /** Moves what a merchant that is there begins with: once, however often it is asked. */
  open(client: DatabaseClient, shortCode: string, now: number): Promise<OpenedMerchant | Refused>;
  /** Another passkey; the one before it is taken for `graceMs` more. */
  rotatePasskey(
    client: DatabaseClient,
    shortCode: string,
    grace: { graceMs: number; now: number },
  ): Promise<PasskeyView | Refused>;
  edit(client: DatabaseClient, shortCode: string, change: MerchantChange): Promise<MerchantPage | Refused>;
  /** One more app; its secret is kept as its hash alone. */
  addApp(client: DatabaseClient, shortCode: string, name: string): Promise<NewAppView | Refused>;
  /** Double entry, once for each `id`, in a transaction of the books. */
  fund(
    client: Queryable,
    shortCode: string,
    money: { id: string; account: string; amount: string; source: string },
  ): Promise<FundingView | Refused>;
  addInitiator(
    client: DatabaseClient,
    shortCode: string,
    wanted: { username: string; roles: readonly string[]; password?: string },
  ): Promise<WithPassword | Refused>;
  /** With its password where that was changed. */
  changeInitiator(
    client: DatabaseClient,
    named: { shortCode: string; username: string },
    change: InitiatorChange,
    now: number,
  ): Promise<(ChangedInitiator & { password?: string }) | Refused>;
  /** With which clients encrypt their SecurityCredentials. */
  certificate(): Promise<CertificateView | Refused>;
}

export interface CallbackQuery {
  state?: (typeof callbackStates)[number];
  host?: string;
  /** CheckoutRequestID or receipt of its payment. */
  payment?: string;
  /** Written then, or later. */
  since?: string;
  limit: number;
  /** Also those of Imara's own payments. */
  synthetic: boolean;
}

/**
 * Callbacks to merchants. An id may be that of the callback, or the CheckoutRequestID or receipt of its
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
