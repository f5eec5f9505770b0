/** A callback to be written in the transaction of the fact it tells: see `enqueueCallback`. */
export interface Callback {
  /** UUID, decided by the fact it tells (the push's id), so that writing it twice writes it once. */
  id: string;
  url: string;
  /** Sent as they are, beside the content type. */
  headers: Readonly<Record<string, string>>;
  /** JSON text, sent to the byte. */
  body: string;
  dueAt: Date;
  /** Wait before each further attempt; left out: as the settings have it. */
  retryAfterSeconds?: readonly number[];
}

/**
 * How an attempt ended.
 *   delivered   the receiver answered 2xx
 *   rejected    it answered anything else; a redirect is not followed
 *   timeout     the deadline passed first; whether the receiver acted on it is unknown
 *   no_address  its name has no address
 *   no_answer   no name server said whether it has one
 *   connection  no connection, a failed TLS handshake, a broken connection or an answer that is not HTTP
 *   refused     we may not send there: never attempted, final
 */
export type OutcomeKind =
  | 'delivered'
  | 'rejected'
  | 'timeout'
  | 'no_address'
  | 'no_answer'
  | 'connection'
  | 'refused';

/** `fault`: it could not be attempted, for a fault of ours. */
export type AttemptKind = OutcomeKind | 'fault';

export interface Outcome {
  kind: OutcomeKind;
  /** HTTP status, when one was received. */
  status: number | null;
  /** Address of the connection, when there was one. */
  address: string | null;
  durationMs: number;
  /** Why it is not `delivered`. */
  reason: string | null;
  /** First bytes of an answer that was not 2xx. */
  response: string | null;
  /** `Retry-After` of an answer that was not 2xx. */
  retryAfter: string | null;
}
