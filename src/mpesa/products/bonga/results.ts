import type { AnswerOutcome } from '../../../handset/types.ts';
import { initiatorResults, notPermitted, paymentResults, type Result } from '../../results/codes.ts';
import { b2bResults } from '../b2b/results.ts';
import { stkResults } from '../stk-push/results.ts';

/**
 * What redeeming may end in. Only the subscriber hears of it; `npx imara payment show` shows it. The page
 * names 6001, 1031, 1037, 2001 and 17; the others are those of every payment, a default taken.
 */
export const bongaResults = {
  done: initiatorResults.done,
  notPermitted,
  noReceiver: b2bResults.noReceiver,
  debitPartyInvalid: paymentResults.debitPartyInvalid,
  cancelled: stkResults.cancelled,
  pushFailed: stkResults.pushFailed,
  unreachable: stkResults.unreachable,
  wrongPin: stkResults.wrongPin,
  pinLocked: stkResults.pinLocked,
  noPin: {
    code: 1031,
    callback: 'STK timeout: the PIN was not entered in time.',
    cause: ['The subscriber did not answer the prompt.', 'Ask again.'],
  },
  notEnoughPoints: {
    code: 6001,
    callback: 'Fail: the subscriber has fewer points.',
    cause: ['The subscriber has fewer Bonga points than bongaPoints.', 'Redeem fewer.'],
  },
  balanceLimit: {
    code: 17,
    callback: 'Reversal failed: account balance limit.',
    cause: ['The pay bill would hold more than it may; no point is taken.', 'Redeem less, or later.'],
  },
  queueTimeout: {
    ...initiatorResults.queueTimeout,
    cause: ['Nobody dealt with it within `mpesa.requests.timeoutMs`.', 'Nothing was done: send it again.'],
  },
} as const satisfies Record<string, Result>;

export const ofOutcome: Readonly<Record<Exclude<AnswerOutcome, 'accepted'>, Result>> = {
  wrong_pin: bongaResults.wrongPin,
  pin_locked: bongaResults.pinLocked,
  cancelled: bongaResults.cancelled,
  unreachable: bongaResults.unreachable,
  expired: bongaResults.unreachable,
  no_answer: bongaResults.noPin,
  push_failed: bongaResults.pushFailed,
};
