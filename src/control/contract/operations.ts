import { agreementOperations } from './agreement.ts';
import { alarmOperations } from './alarms.ts';
import { appOperations } from './apps.ts';
import { faultOperations } from './faults.ts';
import { merchantOperations } from './merchants.ts';
import type { Operations } from './operation.ts';
import { operatorOperations } from './operators.ts';
import { recordOperations } from './records.ts';
import { releaseOperations } from './releases.ts';
import { rolloutOperations } from './rollouts.ts';
import { serviceOperations } from './services.ts';
import { undoOperations } from './undo.ts';

/** Everything that an operator may ask of control. */
export const operations = {
  ...releaseOperations,
  ...rolloutOperations,
  ...undoOperations,
  ...recordOperations,
  ...agreementOperations,
  ...alarmOperations,
  ...operatorOperations,
  ...serviceOperations,
  ...appOperations,
  ...merchantOperations,
  ...faultOperations,
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
  ['Operators', operatorOperations],
  ['Services', serviceOperations],
  ['Apps and tokens', appOperations],
  ['Merchants and callbacks', merchantOperations],
  ['Failures on demand', faultOperations],
];
