import type { Operations } from './operation.ts';
import { agreementOperations } from './resources/agreement.ts';
import { alarmOperations } from './resources/alarms.ts';
import { accountOperations } from './resources/directories/accounts.ts';
import { appOperations } from './resources/directories/apps.ts';
import { faultOperations } from './resources/directories/faults.ts';
import { initiatorOperations } from './resources/directories/merchants/initiators.ts';
import { oneMerchantOperations } from './resources/directories/merchants/one.ts';
import { merchantOperations } from './resources/directories/merchants.ts';
import { paymentOperations } from './resources/directories/payments.ts';
import { operatorOperations } from './resources/operators.ts';
import { recordOperations } from './resources/records.ts';
import { releaseOperations } from './resources/releases/releases.ts';
import { rolloutOperations } from './resources/releases/rollouts.ts';
import { undoOperations } from './resources/releases/undo.ts';
import { serviceOperations } from './resources/services.ts';
import { watchOperations } from './resources/watches.ts';

/** What other parts keep in the same database: served where control is composed with their directories. */
export const directoryOperations = {
  ...appOperations,
  ...merchantOperations,
  ...oneMerchantOperations,
  ...initiatorOperations,
  ...faultOperations,
  ...paymentOperations,
  ...accountOperations,
};

/** Everything that an operator may ask of control. */
export const operations = {
  ...releaseOperations,
  ...rolloutOperations,
  ...undoOperations,
  ...recordOperations,
  ...agreementOperations,
  ...alarmOperations,
  ...watchOperations,
  ...operatorOperations,
  ...serviceOperations,
  ...directoryOperations,
};

export type ControlOperations = typeof operations;

/** The same under the headings of its reference. */
export const sections: readonly (readonly [heading: string, operations: Operations])[] = [
  ['Configuration and releases', releaseOperations],
  ['Rollouts', rolloutOperations],
  ['Undo', undoOperations],
  ['Fleet, journal and freezes', recordOperations],
  ['Agreement', agreementOperations],
  ['Alarms', alarmOperations],
  ['Watches', watchOperations],
  ['Operators', operatorOperations],
  ['Services', serviceOperations],
  ['Apps and tokens', appOperations],
  ['Merchants and callbacks', merchantOperations],
  ['One merchant', oneMerchantOperations],
  ['Initiators', initiatorOperations],
  ['Payments', paymentOperations],
  ['Accounts and reconciling', accountOperations],
  ['Failures on demand', faultOperations],
];
