/** Why a server could not be used. */
export type FailureCause =
  | 'invalid_address'
  /** A certificate authority or DNS server in the settings is not one. */
  | 'invalid_settings'
  | 'name_not_found'
  | 'resolver_failed'
  | 'resolver_timeout'
  | 'refused'
  | 'unreachable'
  | 'connect_timeout'
  | 'tls_timeout'
  | 'tls_certificate'
  | 'tls_failed'
  | 'headers_timeout'
  | 'body_timeout'
  | 'connection_lost'
  | 'too_large'
  | 'not_http'
  /** An answer that is not what was asked for: a status, or a text of another form. */
  | 'wrong_answer'
  | 'wrong_issuer'
  /** It says so itself: the server lives, what it needs does not. */
  | 'server_unavailable'
  | 'no_keys'
  /** It publishes keys that share none with those that tokens are verified with. */
  | 'foreign_keys'
  /** What it issues does not verify here. */
  | 'foreign_token'
  /** It answers that it does not know the app that asks for a token. */
  | 'unknown_client'
  | 'deadline'
  | 'cancelled'
  /** Known to be out: not asked. */
  | 'breaker_open'
  | 'busy';

export interface Failure {
  ok: false;
  cause: FailureCause;
  /** For people: the address and what was seen; never a secret. */
  detail: string;
}

export function failure(cause: FailureCause, detail: string): Failure {
  return { ok: false, cause, detail };
}

/** An answer with another status than was asked for. */
export function unexpectedStatus(status: number): Failure {
  return failure(status === 503 ? 'server_unavailable' : 'wrong_answer', `status ${status}`);
}

/** The `code` of a system or library error; its message when it has none. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/** What was asked for, or why there is none. */
export type Asked<T> = { ok: true; value: T } | Failure;
