import { agreementMutants } from './agreement.ts';
import { alarmMutants } from './alarms.ts';
import type { Mutant } from './mutant.ts';
import { offerMutants } from './offers.ts';
import { ringMutants } from './ring.ts';
import { rulesMutants } from './rules.ts';
import { undoMutants } from './undo.ts';
import { waveMutants } from './waves.ts';

export const mutants: readonly Mutant[] = [
  ...offerMutants,
  ...waveMutants,
  ...undoMutants,
  ...ringMutants,
  ...agreementMutants,
  ...rulesMutants,
  ...alarmMutants,
];
