/** What the authentication servers and the client agree on: paths, kinds of signed text, documents. */
import { createHash } from 'node:crypto';

export const paths = {
  token: '/token',
  keys: '/.well-known/jwks.json',
  revocations: '/revocations',
} as const;

/** The `typ` of a signed text: what is signed for one use cannot be taken for another. */
export const signedTypes = { revocations: 'revocations+jwt' } as const;

export const signatureAlgorithm = 'EdDSA';

/** Over it a token is malformed, and a server's key stays published long enough. */
export const longestTokenLifetimeSeconds = 86_400;

/** Most entries of the revocation list. */
export const maxRevocations = 10_000;

/**
 * The answer of `paths.keys`: a JSON Web Key Set (RFC 7517) that names whose it is. A key signs the
 * revocation list, and its id names a generation of tokens (`token.ts`).
 */
export interface KeyDocument {
  issuer: string;
  keys: readonly PublicJwk[];
}

export interface PublicJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
  kid: string;
  alg: typeof signatureAlgorithm;
  use: 'sig';
}

/** The claims of the signed revocation list, beside `iss`. */
export interface RevocationDocument {
  version: number;
  /** Token ids. */
  tokens: readonly string[];
  /** App id to seconds since the epoch: every token of it issued before then is revoked. */
  apps: Readonly<Record<string, number>>;
}

/** The answer of `paths.token`. */
export interface TokenDocument {
  access_token: string;
  token_type: 'Bearer';
  expires_in: number;
  /** Whose it is: the token itself has no room for it. */
  issuer: string;
}

/** A key's id: the thumbprint (RFC 7638) of its public part. */
export function thumbprint(x: string): string {
  return createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url');
}
