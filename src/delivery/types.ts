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
}

/** What a callback may be sent to. */
export interface TargetRules {
  /** Private and loopback addresses at any port: for the local profile only. */
  allowPrivateTargets: boolean;
  /** `http:` beside `https:`. */
  allowPlainHttp: boolean;
  /** Ports a public receiver may listen on. */
  allowedPorts: readonly number[];
}

/** How often and when a callback is attempted again. */
export interface RetryRules {
  /** Wait before each further attempt; empty: one attempt, as the vendor does. */
  retryAfterSeconds: readonly number[];
  /** Share of each wait that is left to chance, 0 to 1. */
  retryJitter: number;
  /** A receiver's `Retry-After` is honoured up to this. */
  maxRetryAfterSeconds: number;
}

/** How one attempt is made. */
export interface SendRules extends TargetRules {
  /** One deadline over resolving, connecting, TLS, headers and body. */
  attemptTimeoutMs: number;
  /** Name servers, `address` or `address:port`; empty: the system's. */
  dnsServers: readonly string[];
  /** PEM of an authority to trust instead of the public ones; `null`: the public ones. */
  ca: string | null;
}

export interface DeliverySettings extends SendRules, RetryRules {
  /** Attempts in flight at once in this process. */
  maxConcurrent: number;
  /** … of which to one host that answers, once it has earned them; any other gets 1 (see `Shares`). */
  maxConcurrentPerHost: number;
  /** How often the database is asked for due callbacks when nobody calls `wake`. */
  pollMs: number;
}

/** As the vendor's: one attempt of 10 s, to public receivers. */
export const defaultDeliverySettings: DeliverySettings = {
  attemptTimeoutMs: 10_000,
  retryAfterSeconds: [],
  retryJitter: 0,
  maxRetryAfterSeconds: 3_600,
  allowPrivateTargets: false,
  allowPlainHttp: false,
  allowedPorts: [80, 443, 8080, 8443],
  maxConcurrent: 256,
  maxConcurrentPerHost: 64,
  pollMs: 200,
  dnsServers: [],
  ca: null,
};

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
