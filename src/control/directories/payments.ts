import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import type {
  ImpactView,
  PaymentPageView,
  PaymentView,
  paymentStates,
} from '../contract/resources/directories/payments.ts';

export interface PaymentQuery {
  state?: (typeof paymentStates)[number];
  phone?: string;
  shortCode?: string;
  product?: string;
  since?: string;
  amount?: string;
  limit: number;
  /** Also those of Imara's own payments. */
  synthetic: boolean;
}

/** What the API has taken, kept in the same database. Given by the process that composes both. */
export interface PaymentDirectory {
  /** The newest first. */
  list(client: Database | DatabaseClient, query: PaymentQuery): Promise<readonly PaymentView[]>;
  /** What was taken or ended at `after` or later, the oldest change first. */
  changes(
    client: Database | DatabaseClient,
    query: PaymentQuery & { after: Date },
  ): Promise<readonly PaymentView[]>;
  /** Of what was taken at `from` or later, and before `to`. */
  impact(client: Database | DatabaseClient, period: { from: Date; to: Date }): Promise<ImpactView>;
  /** `undefined`: there is none of that name. */
  show(client: Database | DatabaseClient, id: string): Promise<PaymentPageView | undefined>;
}
