import type { From } from '../../../agent/endings/crowd.ts';
import type { Attempted } from '../../../delivery/attempt/attempt.ts';
import type { AttemptKind } from '../../../delivery/types.ts';
import { refusalKinds, resultCodes } from '../../../mpesa/catalogue.ts';
import { SYNTHETIC_SHORT_CODE } from '../../../mpesa/parties/synthetic.ts';
import { paymentResults } from '../../../mpesa/payments/results.ts';
import type { ResolvedPayment } from '../../../mpesa/payments/settlement/settle.ts';
import { SHORT_CODE_HEADER } from '../../../mpesa/products/stk-push/settlement/result.ts';
import type { Ended } from '../../../mpesa/requests/settlement/settle.ts';
import { initiatorResults } from '../../../mpesa/results/codes.ts';
import type { EndedPayment } from '../../../mpesa/work-queue/own-settlement.ts';

/**
 * How something ended that is no failure of ours, and that a release can change all the same; without a kind:
 * as was asked for.
 */
export interface Ending {
  readonly of: 'request' | 'result' | 'callback';
  readonly kind?: string;
  readonly from: From;
}

const callbackKinds = [
  'rejected',
  'timeout',
  'no_address',
  'no_answer',
  'connection',
  'refused',
] as const satisfies AttemptKind[];

/**
 * What an instance counts for the gate: refused requests, results of payments, attempts to deliver a
 * callback.
 */
export const endings = {
  request: refusalKinds,
  result: resultCodes,
  callback: callbackKinds,
} as const satisfies Record<Ending['of'], readonly string[]>;

/**
 * A push that got its result: one subscriber's, of one merchant. `undefined`: a synthetic one, which no user
 * feels; probes report it.
 */
export function pushEnding({ code, outcome, msisdn, shortCode }: EndedPayment): Ending | undefined {
  if (shortCode === SYNTHETIC_SHORT_CODE) return undefined;
  return {
    of: 'result',
    ...(outcome === 'paid' ? {} : { kind: String(code) }),
    from: { one: msisdn, group: shortCode },
  };
}

/** A payment that a customer made and that got its result. `undefined`: a synthetic one. */
export function paymentEnding({ payment, result }: ResolvedPayment): Ending | undefined {
  if (payment.payee === SYNTHETIC_SHORT_CODE) return undefined;
  return {
    of: 'result',
    ...(result === paymentResults.paid ? {} : { kind: String(result.code) }),
    from: { one: payment.msisdn, group: payment.payee },
  };
}

/** A request that got its result: of one initiator of one organisation. `undefined`: a synthetic one. */
export function requestEnding({ result, shortCode, initiator }: Ended): Ending | undefined {
  if (shortCode === SYNTHETIC_SHORT_CODE) return undefined;
  return {
    of: 'result',
    ...(result.code === initiatorResults.done.code ? {} : { kind: String(result.code) }),
    from: { one: `${shortCode} ${initiator}`, group: shortCode },
  };
}

/**
 * An attempt to deliver a callback to one receiver. Those of synthetic payments are left out: what a taste
 * paid for is called back when the taste is over, and its receiver gone.
 */
export function callbackEnding({ kind, host, id, headers, injected }: Attempted): Ending | undefined {
  if (injected || headers[SHORT_CODE_HEADER] === SYNTHETIC_SHORT_CODE) return undefined;
  return {
    of: 'callback',
    ...(kind === 'delivered' ? {} : { kind }),
    from: { one: id, group: host },
  };
}
