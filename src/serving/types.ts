/** What the API offers at a path: known before the framework parses anything, so that refusing is cheap. */
export interface Operation {
  method: 'GET' | 'POST';
  path: string;
  /** Its bulkhead: own budget and own switch (`stk`, `stk-query`, `oauth`, `c2b` …). */
  product: string;
  /** Money goes before queries, queries before sandbox helpers. */
  priority: 'money' | 'query' | 'helper';
}

/**
 * Why the server answers instead of a handler. `not_found`: the request's target is not written in the one
 * way that a path has. `misrouted`: the router found another operation than the gate admitted, which is a
 * fault of ours.
 */
export type RefusalReason =
  | 'overloaded'
  | 'product_off'
  | 'draining'
  | 'deadline'
  | 'not_found'
  | 'misrouted';

/**
 * Whose fault it is that a request does not get what it asked for: of who sent it, of the subscriber whose
 * phone or money it is about, of the receiver it was to be delivered to, or ours. Said where the refusal is
 * made, never read off its HTTP status.
 */
export type Fault = 'caller' | 'subscriber' | 'receiver' | 'ours';

export interface Blame {
  readonly fault: Fault;
  /** What was wrong, of a bounded list of names: a label of the metrics, and what the gate compares. */
  readonly kind: string;
}

/** A refusal in the API's own form, written straight to the socket. */
export interface Refusal extends Blame {
  status: number;
  /** JSON text. */
  body: string;
}

/**
 * The API's error form for a refused operation; `undefined`: a path the API does not know. `path`: the
 * canonical one, or what was sent in its place.
 */
export type RefusalForm = (operation: Operation | undefined, reason: RefusalReason, path: string) => Refusal;
