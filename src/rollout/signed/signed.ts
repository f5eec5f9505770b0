import { type TSchema, Type } from 'typebox';
import { canonicalJson, type JsonObject } from '../../config/canonical.ts';

/**
 * Something that somebody vouches for. `kind` keeps a signature on one sort of statement from passing for
 * another.
 */
export type Statement = JsonObject & { readonly kind: string };

export interface Signed<Body> {
  readonly body: Body;
  /** Id of the key that signed. */
  readonly key: string;
  /** Ed25519 over the canonical JSON of `body`, base64url. */
  readonly signature: string;
}

/** Schema of a signed statement, for what comes from the network. */
export function SignedBody<Body extends TSchema>(body: Body) {
  return Type.Object({ body, key: Type.String(), signature: Type.String() });
}

export interface Signer {
  readonly key: string;
  sign(bytes: Uint8Array): string;
}

/** Whether `signature` is that of `publicKey` over `bytes`; never throws, whatever it is given. */
export type Verify = (publicKey: string, bytes: Uint8Array, signature: string) => boolean;

/**
 * A key that is believed, and for what. A `person` approves; `control` leads rollouts and vouches for people
 * who showed it a token; an `instance` tells what it saw in its own environment.
 */
export interface TrustedKey {
  readonly id: string;
  /** Base64url of the raw 32 bytes. */
  readonly publicKey: string;
  readonly role: 'person' | 'control' | 'instance';
  /** Name of the person, control plane or instance. */
  readonly owner: string;
  /** Of an instance: where it is. */
  readonly environment?: string;
}

export function sign<Body extends Statement>(body: Body, signer: Signer): Signed<Body> {
  return { body, key: signer.key, signature: signer.sign(bytesOf(body)) };
}

/** The trusted key that signed the statement; `undefined` when none did. */
export function signerOf(
  statement: Signed<Statement>,
  keys: readonly TrustedKey[],
  verify: Verify,
): TrustedKey | undefined {
  const key = keys.find(({ id }) => id === statement.key);
  if (key === undefined) return undefined;
  return verify(key.publicKey, bytesOf(statement.body), statement.signature) ? key : undefined;
}

function bytesOf(body: Statement): Uint8Array {
  return new TextEncoder().encode(canonicalJson(body));
}
