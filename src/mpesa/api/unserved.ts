import type { ClientFaultForm } from '../../serving/request/refusal.ts';
import type { Refusal, RefusalForm } from '../../serving/types.ts';
import { operationAt } from '../catalogue.ts';
import { type Family, families } from './errors/families.ts';
import { gatewayFault, refusal, worded } from './errors/forms.ts';
import { apiOfPath, familyOfPath } from './vendor-apis.ts';

// What is answered that no operation answers: a path without one, a request refused before it is served, or
// what was no request.

/** Of a path outside every API, and of a target that is not written as a path is. */
function noSuchApi(path: string): Refusal {
  const text = `Unable to identify proxy for host: secure and url: ${path}`;
  return gatewayFault(404, text, 'messaging.adaptors.http.flow.ApplicationNotFound', 'unknown_path');
}

/** What a path is answered that no operation has. */
export function unknownPath(path: string): Refusal {
  const family = familyOfPath(path);
  if (family === undefined) return noSuchApi(path);
  const api = apiOfPath(path);
  if (api === undefined || operationAt(path) !== undefined) return refusal(family, 'unknownPath');
  const { message } = families.unknownPath[family];
  return worded(
    family,
    'unknownPath',
    `${message}: ${api} is not built in Imara yet (docs/reference/apis.md)`,
  );
}

function familyAt(path: string): Family | undefined {
  return operationAt(path)?.family ?? familyOfPath(path);
}

/**
 * What a request is answered that is refused before it is served. Overload and draining are the vendor's
 * "System is busy" (500.003.02: clients know to come back); a product switched off is under maintenance; a
 * deadline that passed leaves the outcome open, which is the internal error, as a fault of ours is.
 */
export const refusalForm: RefusalForm = (operation, reason, path) => {
  if (reason === 'not_found') return noSuchApi(path);
  const family = operation && familyAt(operation.path);
  if (family === undefined) return reason === 'misrouted' ? refusal('stk', 'internal') : unknownPath(path);
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
 * What is not a whole request: bytes that are not HTTP, headers without end, a client too slow to wait for.
 * In the form of the API that it was for, as far as that is known; else in the gateway's (its codes, but for
 * the first, which has none of its own).
 */
export const clientFaultForm: ClientFaultForm = (fault, path) => {
  const family = path === undefined ? undefined : familyAt(path);
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
