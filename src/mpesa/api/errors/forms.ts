import type { Blame, Refusal } from '../../../serving/types.ts';
import { requestId } from '../../identifiers/request-ids.ts';
import { failures } from './failures.ts';
import { type ErrorForm, type ErrorText, type Failure, type Family, families } from './families.ts';
import { bongaHeader, ratibaAnswer } from './headed.ts';
import type { OwnError } from './own-error.ts';

/**
 * The answer for `failure` in the form of `family`; `detail` is the field, method or token that the text
 * names.
 */
export function refusal(family: Family, failure: Failure, detail = ''): Refusal {
  const { message }: ErrorText = families[failure][family];
  // A function, so that `$&` in the caller's own text is not a pattern.
  return worded(
    family,
    failure,
    message.replace('{}', () => detail),
  );
}

/** The same with a text of its own. */
export function worded(family: Family, failure: Failure, text: string): Refusal {
  const { status, code, form }: ErrorText = families[failure][family];
  return { status, body: errorBody(form, code, text), ...failures[failure].blame };
}

/** The answer for an error that one product alone has. */
export function ownRefusal({ status, code, text, blame, form = 'gateway' }: OwnError): Refusal {
  return { status, body: errorBody(form, code, text), ...blame };
}

/** The family's internal error where nothing is wrong: one of the shapes of "not yet". */
export function internalText(family: Family, text: string): Pick<Refusal, 'status' | 'body'> {
  const { status, code, form } = families.internal[family];
  return { status, body: errorBody(form, code, text) };
}

export function gatewayText(code: string, message: string): string {
  return errorBody('gateway', code, message);
}

/**
 * What stands before every API says: nothing is there, or it was no request. Its form is not that of an API.
 */
export function gatewayFault(status: number, text: string, code: string, kind: string): Refusal {
  const body = JSON.stringify({ fault: { faultstring: text, detail: { errorcode: code } } });
  const blame: Blame = { fault: 'caller', kind };
  return { status, body, ...blame };
}

function errorBody(form: ErrorForm, code: string, message: string): string {
  switch (form) {
    case 'gateway':
      return JSON.stringify({ requestId: requestId(), errorCode: code, errorMessage: message });
    case 'billManager':
      return JSON.stringify({ rescode: code, resmsg: message });
    case 'subscriber':
      return JSON.stringify({ requestRefID: requestId(), responseCode: code, responseDesc: message });
    case 'bonga':
      return JSON.stringify({ header: bongaHeader(Number(code), message, message), body: null });
    case 'ratiba':
      return ratibaAnswer(code, message);
    default:
      return form satisfies never;
  }
}
