import type { AnswerOutcome } from '../../../handset/types.ts';
import type { Result } from '../../results/codes.ts';
import { stkResults } from '../stk-push/results.ts';

/** What a standing order that was accepted may end in, once its customer was asked. */
export const standingOrderResults = {
  created: {
    code: 0,
    callback: 'The service request is processed successfully',
    cause: ['The customer said yes: the order pays on its days.', 'Expect its payments as those of C2B.'],
  },
  subscriberLocked: stkResults.subscriberLocked,
  pushFailed: stkResults.pushFailed,
  cancelled: stkResults.cancelled,
  unreachable: stkResults.unreachable,
  duplicateName: {
    code: 1050,
    callback: 'The customer already has a standing order with the same name.',
    cause: ['Another order of this customer has the name, and is not over.', 'Choose another name.'],
  },
  wrongPin: stkResults.wrongPin,
  pinLocked: stkResults.pinLocked,
} as const satisfies Record<string, Result>;

export const ofOutcome: Readonly<Record<Exclude<AnswerOutcome, 'accepted'>, Result>> = {
  wrong_pin: standingOrderResults.wrongPin,
  pin_locked: standingOrderResults.pinLocked,
  cancelled: standingOrderResults.cancelled,
  unreachable: standingOrderResults.unreachable,
  no_answer: standingOrderResults.unreachable,
  push_failed: standingOrderResults.pushFailed,
  expired: standingOrderResults.unreachable,
};
