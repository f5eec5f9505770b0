import type { ClientFaultForm } from '../../../serving/request/refusal.ts';
import type { Blame, Operation, Refusal, RefusalForm } from '../../../serving/types.ts';
import { requestId } from '../../identifiers/request-ids.ts';
import { unbuiltApi } from '../../reference/apis.ts';

/** The same failure has another code in each family of the API (the columns of the vendor's error tables). */
export type Family = 'stk' | 'b2c' | 'c2b' | 'pull' | 'billManager';

export type Failure = keyof typeof families;

interface ErrorText {
  status: number;
  code: string;
  /** `{}` stands for the detail: a field, a method, a token. */
  message: string;
  /** Bill Manager has a form of its own, except for its token error. */
  form: 'gateway' | 'billManager';
}

const gateway = (status: number, code: string, message: string): ErrorText => {
  return { status, code, message, form: 'gateway' };
};
const bill = (code: string, message: string): ErrorText => {
  return { status: Number(code), code, message, form: 'billManager' };
};

const BUSY = 'System is busy. Please try again in few minutes.';
const MAINTENANCE = 'Service is currently under maintenance. Please try again later';

/** Every synchronous error: a row a failure, a column a family. */
export const families = {
  invalidToken: {
    stk: gateway(404, '404.001.03', 'Invalid Access Token'),
    b2c: gateway(401, '401.002.01', 'Error Occurred - Invalid Access Token - {}'),
    c2b: gateway(400, '400.003.01', 'Invalid Access Token'),
    pull: gateway(401, '401.001', 'Invalid Access Token'),
    billManager: gateway(401, '401', 'Unauthorized - Invalid Access Token'),
  },
  invalidField: {
    stk: gateway(400, '400.002.02', 'Bad Request - Invalid {}'),
    b2c: gateway(400, '400.002.02', 'Bad Request - Invalid {}'),
    c2b: gateway(400, '400.003.02', 'Bad Request - Invalid {}'),
    pull: gateway(400, '400.001', 'Bad Request - Invalid {}'),
    billManager: bill('409', 'Invalid {}'),
  },
  malformedBody: {
    stk: gateway(400, '400.002.05', 'Invalid Request Payload'),
    b2c: gateway(400, '400.002.05', 'Invalid Request Payload'),
    c2b: gateway(400, '400.002.05', 'Invalid Request Payload'),
    pull: gateway(400, '400.001', 'Invalid Request Payload'),
    billManager: bill('409', 'Invalid Request Payload'),
  },
  unknownPath: {
    stk: gateway(404, '404.001.01', 'Resource not found'),
    b2c: gateway(404, '404.002.01', 'Resource not found'),
    c2b: gateway(404, '404.003.01', 'Resource not found'),
    pull: gateway(404, '404.001.01', 'Resource not found'),
    billManager: bill('404', 'Resource not found'),
  },
  wrongMethod: {
    stk: gateway(405, '405.001', '{} Method Not Allowed'),
    b2c: gateway(405, '405.001', '{} Method Not Allowed'),
    c2b: gateway(404, '404.001.04', 'Invalid Authentication Header'),
    pull: gateway(405, '405.001', '{} Method Not Allowed'),
    billManager: bill('405', '{} Method Not Allowed'),
  },
  internal: {
    stk: gateway(500, '500.001.1001', 'Internal Server Error'),
    b2c: gateway(500, '500.002.1001', 'Internal Server Error'),
    c2b: gateway(500, '500.003.1001', 'Internal Server Error'),
    pull: gateway(500, '500', 'Internal Server Error'),
    billManager: bill('500', 'Internal Server Error'),
  },
  maintenance: {
    stk: gateway(500, '500.001.1001', MAINTENANCE),
    b2c: gateway(500, '500.002.1001', MAINTENANCE),
    c2b: gateway(500, '500.003.1001', MAINTENANCE),
    pull: gateway(500, '500', MAINTENANCE),
    billManager: bill('500', MAINTENANCE),
  },
  busy: {
    stk: gateway(500, '500.003.02', BUSY),
    b2c: gateway(500, '500.003.02', BUSY),
    c2b: gateway(500, '500.003.02', BUSY),
    pull: gateway(500, '500.003.02', BUSY),
    billManager: bill('500', BUSY),
  },
  spikeArrest: {
    stk: gateway(500, '500.003.02', 'Error Occurred: Spike Arrest Violation'),
    b2c: gateway(500, '500.003.02', 'Error Occurred: Spike Arrest Violation'),
    c2b: gateway(500, '500.003.02', 'Error Occurred: Spike Arrest Violation'),
    pull: gateway(500, '500.003.02', 'Error Occurred: Spike Arrest Violation'),
    billManager: bill('500', 'Error Occurred: Spike Arrest Violation'),
  },
  quota: {
    stk: gateway(500, '500.003.03', 'Error Occurred: Quota Violation'),
    b2c: gateway(500, '500.003.03', 'Error Occurred: Quota Violation'),
    c2b: gateway(500, '500.003.03', 'Error Occurred: Quota Violation'),
    pull: gateway(500, '500.003.03', 'Error Occurred: Quota Violation'),
    billManager: bill('500', 'Error Occurred: Quota Violation'),
  },
} as const satisfies Record<string, Record<Family, ErrorText>>;

/** Whose fault each is. A switched-off product and an overload are ours; too much from one app is that app's. */
const blames: Record<Failure, Blame> = {
  invalidToken: { fault: 'caller', kind: 'invalid_token' },
  invalidField: { fault: 'caller', kind: 'invalid_field' },
  malformedBody: { fault: 'caller', kind: 'malformed_body' },
  unknownPath: { fault: 'caller', kind: 'unknown_path' },
  wrongMethod: { fault: 'caller', kind: 'wrong_method' },
  internal: { fault: 'ours', kind: 'internal' },
  maintenance: { fault: 'ours', kind: 'maintenance' },
  busy: { fault: 'ours', kind: 'busy' },
  spikeArrest: { fault: 'caller', kind: 'spike_arrest' },
  quota: { fault: 'caller', kind: 'quota' },
};

/** The faults of others that the vendor tells as an internal error with a text of its own, and by single operations. */
export const blamed = {
  wrongCredentials: { fault: 'caller', kind: 'wrong_credentials' },
  unknownMerchant: { fault: 'caller', kind: 'unknown_merchant' },
  unknownTransaction: { fault: 'caller', kind: 'unknown_transaction' },
  invalidAuthentication: { fault: 'caller', kind: 'invalid_authentication' },
  invalidGrantType: { fault: 'caller', kind: 'invalid_grant_type' },
  lockedSubscriber: { fault: 'subscriber', kind: 'locked_subscriber' },
} as const satisfies Record<string, Blame>;

/** Every kind of refusal that is not ours: what the gate compares the rates of. */
export const refusalKinds: readonly string[] = [...Object.values(blames), ...Object.values(blamed)]
  .filter(({ fault }) => fault !== 'ours')
  .map(({ kind }) => kind);

/** The answer for `failure` in the form of `family`; `detail` is the field, method or token that the text names. */
export function refusal(family: Family, failure: Failure, detail = ''): Refusal {
  const { status, code, message, form }: ErrorText = families[failure][family];
  // A function, so that `$&` in the caller's own text is not a pattern.
  return {
    status,
    body: errorBody(
      form,
      code,
      message.replace('{}', () => detail),
    ),
    ...blames[failure],
  };
}

/** The family's internal error (`500.001.1001` …) with a text of its own: in that family the message decides. */
export function fault(family: Family, message: string, blame: Blame): Refusal {
  return { ...internalText(family, message), ...blame };
}

/** The same form where nothing is wrong: one of the shapes of "not yet". */
export function internalText(family: Family, message: string): Pick<Refusal, 'status' | 'body'> {
  const { status, code, form } = families.internal[family];
  return { status, body: errorBody(form, code, message) };
}

/** What stands before every API says: nothing is there, or it was no request. Its form is not that of an API. */
export function gatewayFault(status: number, text: string, code: string, kind: string): Refusal {
  const body = JSON.stringify({ fault: { faultstring: text, detail: { errorcode: code } } });
  return { status, body, fault: 'caller', kind };
}

/** Of a path outside every API, and of a target that is not written as a path is. */
export function noSuchApi(path: string): Refusal {
  const text = `Unable to identify proxy for host: secure and url: ${path}`;
  return gatewayFault(404, text, 'messaging.adaptors.http.flow.ApplicationNotFound', 'unknown_path');
}

/** An error in the gateway's form whose code belongs to one operation alone. */
export function gatewayError(status: number, code: string, message: string, blame: Blame): Refusal {
  return { status, body: gatewayText(code, message), ...blame };
}

export function gatewayText(code: string, message: string): string {
  return errorBody('gateway', code, message);
}

function errorBody(form: ErrorText['form'], code: string, message: string): string {
  return form === 'gateway'
    ? JSON.stringify({ requestId: requestId(), errorCode: code, errorMessage: message })
    : JSON.stringify({ rescode: code, resmsg: message });
}

/** Which family answers below a path, whether or not something is there. The first that fits; an API has one or more. */
const familyPaths: readonly [prefix: string, Family][] = [
  ['/oauth/', 'stk'],
  ['/mpesa/stkpush/', 'stk'],
  ['/mpesa/stkpushquery/', 'stk'],
  ['/mpesa/reversal/', 'stk'],
  ['/mpesa/b2c/hakikisha/', 'pull'],
  ['/mpesa/b2c/', 'b2c'],
  ['/mpesa/b2pochi/', 'b2c'],
  ['/mpesa/accountbalance/', 'b2c'],
  ['/mpesa/c2b/', 'c2b'],
  ['/mpesa/b2b/', 'c2b'],
  ['/mpesa/transactionstatus/', 'c2b'],
  ['/mpesa/qrcode/', 'c2b'],
  ['/pulltransactions/', 'pull'],
  ['/sfcverify/', 'pull'],
  ['/imsi/', 'pull'],
  ['/registration/lookup/', 'pull'],
  ['/v1/KYC-validation/', 'pull'],
  ['/v1/billmanager-invoice/', 'billManager'],
  ['/v1/ussdpush/', 'stk'],
  ['/v1/lipa/na/bonga/', 'stk'],
  ['/standingorder/', 'stk'],
];

/** `undefined`: the path is outside every API. */
export function familyOfPath(path: string): Family | undefined {
  return familyPaths.find(([prefix]) => path.startsWith(prefix))?.[1];
}

/** Of a path that is an operation's. */
export function familyOf({ path }: Pick<Operation, 'path'>): Family {
  const family = familyOfPath(path);
  if (family === undefined) throw new Error(`no family answers at ${path}`);
  return family;
}

/** What a path is answered that no operation has. */
export function unknownPath(path: string): Refusal {
  const family = familyOfPath(path);
  if (family === undefined) return noSuchApi(path);
  const api = unbuiltApi(path);
  if (api === undefined) return refusal(family, 'unknownPath');
  const { status, code, message, form } = families.unknownPath[family];
  const text = `${message}: ${api} is not built in Imara yet (docs/reference/apis.md)`;
  return { status, body: errorBody(form, code, text), ...blames.unknownPath };
}

/**
 * What a request is answered that is refused before it is served. Overload and draining are the vendor's "System is
 * busy" (500.003.02: clients know to come back); a product switched off is under maintenance; a deadline that
 * passed leaves the outcome open, which is the internal error, as a fault of ours is.
 */
export const refusalForm: RefusalForm = (operation, reason, path) => {
  if (reason === 'not_found') return noSuchApi(path);
  if (operation === undefined) return reason === 'misrouted' ? refusal('stk', 'internal') : unknownPath(path);
  const family = familyOf(operation);
  switch (reason) {
    case 'overloaded':
    case 'draining':
      return refusal(family, 'busy');
    case 'product_off':
      return refusal(family, 'maintenance');
    case 'deadline':
    case 'misrouted':
      return refusal(family, 'internal');
    default:
      return reason satisfies never;
  }
};

/**
 * What is not a whole request: bytes that are not HTTP, headers without end, a client too slow to wait for. In the form of the API
 * that it was for, as far as that is known; else in the gateway's (its codes, but for the first, which has none of its own).
 */
export const clientFaultForm: ClientFaultForm = (fault, path) => {
  const family = path === undefined ? undefined : familyOfPath(path);
  const form = (status: number, text: string, code: string): Refusal =>
    family === undefined
      ? gatewayFault(status, text, code, fault)
      : { ...refusal(family, 'malformedBody'), status, kind: fault };
  switch (fault) {
    case 'malformed':
      return form(400, 'Bad Request', 'protocol.http.BadRequest');
    case 'header_too_large':
      return form(431, 'request headers size exceeding the limit', 'protocol.http.TooBigHeaders');
    case 'too_slow':
      return form(408, 'Request timed out', 'messaging.adaptors.http.flow.RequestTimeOut');
    default:
      return fault satisfies never;
  }
};
