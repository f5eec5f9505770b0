/**
 * What an operator decides about reaching the authentication servers; read live, so a change needs no
 * restart.
 */
export interface AuthClientSettings {
  /**
   * 1 to 16 addresses: `https://10.0.0.1:8443`, `https://auth.example:8443`,
   * `https+srv://_auth._tcp.example`; `http` likewise, without TLS. Names are asked of DNS in full: no hosts
   * file, no search domains.
   */
  servers: readonly string[];
  /** Whose tokens and keys are taken; those of another environment are not. */
  issuer: string;
  /** PEM of the authorities that sign the servers' certificates; empty: those the runtime knows. */
  certificateAuthorities: string;
  /** `10.0.0.2` or `10.0.0.2:5353`; empty: those of the machine. */
  dnsServers: readonly string[];

  resolveTimeoutMs: number;
  connectTimeoutMs: number;
  tlsTimeoutMs: number;
  headersTimeoutMs: number;
  /** From the headers to the last byte, however steadily it trickles. */
  bodyTimeoutMs: number;
  /** One server's share of a call: resolving, connecting and reading together. */
  attemptTimeoutMs: number;
  /** A whole call, whatever later deadline its caller has. */
  callTimeoutMs: number;

  /** A server that has not answered by then is joined by the next one. */
  hedgeAfterMs: number;
  /** Servers asked in one call; those that are known to be out do not count. */
  maxAttempts: number;

  keyRefreshSeconds: number;
  /** Keys are taken for that long after a server last published them. */
  keyStaleSeconds: number;
  /** However many tokens name unknown keys, the servers are asked once in that time. */
  unknownKeyIntervalSeconds: number;
  /** How long a token with an unknown key may wait for that. */
  unknownKeyWaitMs: number;
  revocationRefreshSeconds: number;
  /** How far the clocks of servers and instances may be apart: a token is taken this much past its expiry. */
  clockLeewaySeconds: number;
}

export const defaultAuthClientSettings: AuthClientSettings = {
  servers: [],
  issuer: 'imara',
  certificateAuthorities: '',
  dnsServers: [],
  resolveTimeoutMs: 500,
  connectTimeoutMs: 500,
  tlsTimeoutMs: 500,
  headersTimeoutMs: 1_000,
  bodyTimeoutMs: 1_000,
  attemptTimeoutMs: 2_000,
  callTimeoutMs: 3_000,
  hedgeAfterMs: 200,
  maxAttempts: 3,
  keyRefreshSeconds: 60,
  keyStaleSeconds: 86_400,
  unknownKeyIntervalSeconds: 30,
  unknownKeyWaitMs: 250,
  revocationRefreshSeconds: 5,
  clockLeewaySeconds: 30,
};
