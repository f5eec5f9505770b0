import type { Deadline } from '../../platform/deadline.ts';

export interface AuthClient {
  /**
   * Local: touches the network only for an unknown generation of keys, and then under a small deadline of its
   * own.
   */
  verify(token: string, deadline: Deadline): Verification | Promise<Verification>;
  /** Asks an authentication server; never later than the deadline. */
  issue(credentials: Credentials, deadline: Deadline): Promise<Issue>;
  close(): Promise<void>;
}

export interface Credentials {
  consumerKey: string;
  consumerSecret: string;
}

export type Verification =
  | { ok: true; claims: TokenClaims }
  | { ok: false; reason: 'malformed' | 'expired' | 'bad_signature' | 'revoked' | 'unknown_key' }
  /** It cannot be decided now (no key set, unknown key and no server): not the caller's fault. */
  | { ok: false; reason: 'unavailable' };

export interface TokenClaims {
  appId: string;
  tokenId: string;
  /** Seconds since the epoch, with a fraction. */
  issuedAt: number;
  expiresAt: number;
}

export type Issue =
  | { ok: true; token: string; expiresInSeconds: number }
  | { ok: false; reason: 'bad_credentials' | 'unavailable' };
