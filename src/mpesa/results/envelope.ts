import type { Callback } from '../../delivery/types.ts';
import { eatTimestamp } from '../fields/times/east-africa-time.ts';
import { datePrefix } from '../identifiers/receipt-numbers.ts';
import type { EndedRequest } from '../requests/types.ts';
import type { Result } from './codes.ts';

/** One of `ResultParameters` or `ReferenceData`; some have a key alone. */
export interface Item {
  readonly Key: string;
  readonly Value?: string | number;
}

/**
 * How the results of a product differ from those of the next: the vendor's samples do not agree with each
 * other, and clients were written against the samples.
 */
export interface ResultForm {
  /**
   * Whether `ResultType` and `ResultCode` of a success are `0` or `"0"`. Those of a failure are what they
   * are.
   */
  readonly success: 'number' | 'text';
  /**
   * `ResultParameters` of a failure. Empty: there are none. A single one is no array: that is how the vendor
   * writes it.
   */
  readonly failure: (result: Result, at: Date) => readonly Item[];
  /** `ReferenceData`. A single one is no array. */
  readonly reference: (request: EndedRequest, isDone: boolean) => readonly Item[];
}

/** The whole callback of a product whose results have no envelope; `undefined`: there is no callback. */
export interface OwnForm {
  readonly body: (request: EndedRequest, ending: Ending) => object | undefined;
}

export type CallbackForm = ResultForm | OwnForm;

/** What a request ended in. */
export interface Ending {
  readonly result: Result;
  readonly at: Date;
  /** Of a success. */
  readonly parameters?: readonly Item[];
  /** The receipt, where money moved. */
  readonly receipt?: string;
}

/** Nothing more follows; `1` would be another message. */
const COMPLETED = 0;

/**
 * The callback to `ResultURL`, or none. It has the id of its request: a request has one callback, whichever
 * it is.
 */
export function resultCallback(
  request: EndedRequest,
  ending: Ending,
  form: CallbackForm,
): readonly Callback[] {
  return callbackTo(request.resultUrl, request, ending, form);
}

/**
 * The callback to `QueueTimeOutURL`. How the vendor's looks is not known: no sample was found, and SDKs read
 * it as the result envelope with a code that is not 0.
 */
export function queueTimeoutCallback(
  request: EndedRequest,
  ending: Ending,
  form: CallbackForm,
): readonly Callback[] {
  return callbackTo(request.queueTimeoutUrl, request, ending, form);
}

function callbackTo(url: string, request: EndedRequest, ending: Ending, form: CallbackForm): Callback[] {
  const body = 'body' in form ? form.body(request, ending) : envelope(request, ending, form);
  if (body === undefined) return [];
  return [{ id: request.id, url, headers: {}, body: JSON.stringify(body), dueAt: ending.at }];
}

function envelope(request: EndedRequest, ending: Ending, form: ResultForm): object {
  const { result, at, receipt } = ending;
  const isDone = result.code === 0;
  const written = (code: Result['code']) => (isDone && form.success === 'text' ? String(code) : code);
  const parameters = isDone ? listed(ending.parameters ?? []) : oneOrList(form.failure(result, at));
  const reference = oneOrList(form.reference(request, isDone));
  return {
    Result: {
      ResultType: written(COMPLETED),
      ResultCode: written(result.code),
      ResultDesc: result.callback,
      OriginatorConversationID: request.originatorConversationId,
      ConversationID: request.conversationId,
      TransactionID: receipt ?? withoutMoney(at),
      ...(parameters !== undefined && { ResultParameters: { ResultParameter: parameters } }),
      ...(reference !== undefined && { ReferenceData: { ReferenceItem: reference } }),
    },
  };
}

function listed(items: readonly Item[]): readonly Item[] | undefined {
  return items.length === 0 ? undefined : items;
}

function oneOrList(items: readonly Item[]): Item | readonly Item[] | undefined {
  return items.length === 1 ? items[0] : listed(items);
}

/** `OA90000000`: the day, and seven zeros. */
function withoutMoney(at: Date): string {
  return `${datePrefix(at.getTime())}0000000`;
}

/** Echoed by the vendor with an address of its own, not with the caller's. */
export function queueReference(path: string): Item {
  return { Key: 'QueueTimeoutURL', Value: `https://internalsandbox.safaricom.co.ke${path}` };
}

/** When the vendor's back office was done; a number in most samples. */
export function completedTime(at: Date): Item {
  return { Key: 'BOCompletedTime', Value: Number(eatTimestamp(at.getTime())) };
}
