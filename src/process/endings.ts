import type { From } from '../agent/endings/crowd.ts';
import type { AttemptKind } from '../delivery/types.ts';
import { refusalKinds } from '../mpesa/errors.ts';
import { type ResultCode, stkResults } from '../mpesa/stk/results.ts';

/** How something ended that is no failure of ours, and that a release can change all the same; without a kind: as was asked for. */
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

/** What an instance counts for the gate: refused requests, results of payments, attempts to deliver a callback. */
export const endings = {
  request: refusalKinds,
  result: Object.values(stkResults)
    .filter(({ code }) => code !== stkResults.paid.code)
    .map(({ code }) => String(code)),
  callback: callbackKinds,
} as const satisfies Record<Ending['of'], readonly string[]>;

/** A push that got its result: one subscriber's, of one merchant. */
export function resultEnding(resolved: { code: ResultCode; msisdn: string; shortCode: string }): Ending {
  const { code, msisdn, shortCode } = resolved;
  return {
    of: 'result',
    ...(code === stkResults.paid.code ? {} : { kind: String(code) }),
    from: { one: msisdn, group: shortCode },
  };
}

/** An attempt to deliver a callback to one receiver. */
export function callbackEnding(attempt: { kind: AttemptKind; host: string; callback: string }): Ending {
  const { kind, host, callback } = attempt;
  return {
    of: 'callback',
    ...(kind === 'delivered' ? {} : { kind }),
    from: { one: callback, group: host },
  };
}
