import type { Answer as Answered, Given, OperationKey } from './contract/operation.ts';
import type { ControlOperations } from './contract/operations.ts';

/** `METHOD /path`, as the reference of the API has it. */
export type Asked = keyof ControlOperations;
export type GivenTo<Key extends Asked> = Given<ControlOperations[Key]>;
export type AnswerTo<Key extends Asked> = Answered<ControlOperations[Key]>;

export type Answer<Value> =
  | { kind: 'done'; status: number; value: Value }
  | { kind: 'refused'; status: number; error: ControlError }
  /** Nothing of use came; what was asked for may be done all the same when it is `late`. */
  | { kind: 'none'; late: boolean; what: string; why: string };

export interface ControlError {
  code: string;
  message: string;
  problems?: unknown;
}

export interface AskOptions {
  /** From the request to the whole answer. */
  timeoutMs: number;
  /** By which control knows a repetition of it. */
  key?: string;
}

/**
 * The client of the operators' API: what is given and what is answered is typed by the schemas that the
 * server itself checks and answers by. It loads none of them, because they cost most of what a command takes
 * to start.
 */
export interface ControlClient {
  /** Expected refusals and silence are values. */
  ask<Key extends Asked>(key: Key, given: GivenTo<Key>, options: AskOptions): Promise<Answer<AnswerTo<Key>>>;
}

export function controlClient({ url, token }: { url: string; token: string }): ControlClient {
  return {
    async ask(key, given, { timeoutMs, key: idempotencyKey }) {
      const { method, path, body } = requestOf(key, given);
      try {
        const response = await fetch(`${url}/v1${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
          },
          ...(body !== undefined && { body }),
          signal: AbortSignal.timeout(Math.ceil(timeoutMs)),
        });
        return read(url, response.status, response.ok, JSON.parse(await response.text()));
      } catch (error) {
        return noAnswer(url, error, timeoutMs);
      }
    },
  };
}

type Values = Readonly<Record<string, string | number | boolean | undefined>>;

/** What goes over the wire for an operation. */
export function requestOf(
  key: OperationKey,
  {
    params = {},
    query = {},
    body,
  }: { readonly params?: Values; readonly query?: Values; readonly body?: object },
): { method: string; path: string; body: string | undefined } {
  const [method = '', template = ''] = key.split(' ');
  const path = template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const asked = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return {
    method,
    path: asked.length === 0 ? path : `${path}?${new URLSearchParams(asked)}`,
    body: body === undefined ? undefined : JSON.stringify(body),
  };
}

/** What control says is what its schemas have: the tests hold its answers to them. */
function read<Value>(url: string, status: number, ok: boolean, said: unknown): Answer<Value> {
  if (ok) return { kind: 'done', status, value: said as Value };
  const { error } = said as { error?: ControlError };
  return error === undefined ? notControl(url, `it answered ${status}`) : { kind: 'refused', status, error };
}

function noAnswer(url: string, error: unknown, timeoutMs: number): Answer<never> {
  if (error instanceof SyntaxError) return notControl(url, 'what it answered is not JSON');
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    const what = `Control at ${url} did not answer within ${timeoutMs / 1_000} s.`;
    return { kind: 'none', late: true, what, why: 'What was asked for may still be done.' };
  }
  // What `fetch` throws of the network; anything else is a bug of ours.
  if (!(error instanceof TypeError)) throw error;
  const why = error.cause instanceof Error ? error.cause.message : error.message;
  return { kind: 'none', late: false, what: `Control cannot be reached at ${url}.`, why };
}

function notControl(url: string, why: string): Answer<never> {
  return { kind: 'none', late: false, what: `At ${url} there is no control.`, why };
}
