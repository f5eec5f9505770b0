import type { AccountDirectory } from './accounts.ts';
import type { AppDirectory } from './apps.ts';
import type { FaultDirectory } from './faults.ts';
import type { CallbackDirectory, MerchantDirectory } from './merchants.ts';
import type { PaymentDirectory } from './payments.ts';

/** What other parts keep in the same database, where control may change it. */
export interface Directories {
  /** The clients of the API. */
  apps: AppDirectory;
  merchants: MerchantDirectory;
  callbacks: CallbackDirectory;
  /** Failures on demand. */
  faults: FaultDirectory;
  /** What was asked for and taken. */
  payments: PaymentDirectory;
  /** The books. */
  accounts: AccountDirectory;
}
