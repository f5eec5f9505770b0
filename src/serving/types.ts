/** What the API offers at a path: known before the framework parses anything, so that refusing is cheap. */
export interface Operation {
  method: 'GET' | 'POST';
  path: string;
  /** Its bulkhead: own budget and own switch (`stk`, `stk-query`, `oauth`, `c2b` …). */
  product: string;
  /** Money goes before queries, queries before sandbox helpers. */
  priority: 'money' | 'query' | 'helper';
}

/** Why a request is refused before it is served. */
export type RefusalReason = 'overloaded' | 'product_off' | 'draining' | 'deadline';

/** A refusal in the API's own form, written straight to the socket. */
export interface Refusal {
  status: number;
  /** JSON text. */
  body: string;
}

/** The API's error form for a refused operation; `undefined`: a path the API does not know. */
export type RefusalForm = (operation: Operation | undefined, reason: RefusalReason) => Refusal;
