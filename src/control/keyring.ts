import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { createFile, replaceFile } from '../platform/files/atomic-file.ts';
import { keyId, newKeyPair, publicKeyOf, signerEd25519 } from '../rollout/signed/signature.ts';
import type { Signer, TrustedKey } from '../rollout/signed/signed.ts';

/**
 * Keys of one installation on disk: private ones in `<directory>/keys-of/<owner>.pem`, and in
 * `<directory>/trusted` one public key a file, for everybody here to believe. On several machines the trusted
 * files are part of the image.
 */
const TrustedKeyFile = Type.Object({
  id: Type.String(),
  publicKey: Type.String(),
  role: Type.Union([Type.Literal('person'), Type.Literal('control'), Type.Literal('instance')]),
  owner: Type.String(),
  environment: Type.Optional(Type.String()),
});

export type KeyOwner = Pick<TrustedKey, 'role' | 'owner' | 'environment'>;

/**
 * The owner's signing key: `pem` where one is given, else made once and kept; its public half is published as
 * trusted.
 */
export async function signingKey(directory: string, owner: KeyOwner, pem?: string): Promise<Signer> {
  const [privateKeys, trusted] = [join(directory, 'keys-of'), join(directory, 'trusted')];
  for (const folder of [privateKeys, trusted]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(privateKeys, `${encodeURIComponent(owner.owner)}.pem`);
  const privateKey = pem ?? (await keptIn(file, () => newKeyPair().privateKey));
  const publicKey = publicKeyOf(privateKey);
  const id = keyId(owner.role, publicKey);
  const key: TrustedKey = { ...owner, id, publicKey };
  const published = join(trusted, `${id}.json`);
  if (!existsSync(published)) await replaceFile(published, `${JSON.stringify(key, null, 2)}\n`);
  return signerEd25519(id, privateKey);
}

/** How long a key that was published may take to be believed. */
const REREAD_MS = 1_000;

/**
 * The trusted keys of the directory, read again when they are a second old. A file that is no key is passed
 * over.
 */
export function trustedKeysIn(directory: string): () => readonly TrustedKey[] {
  const trusted = join(directory, 'trusted');
  let keys: readonly TrustedKey[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - readAt < REREAD_MS) return keys;
    readAt = performance.now();
    const files = existsSync(trusted) ? readdirSync(trusted).filter((name) => name.endsWith('.json')) : [];
    keys = files.flatMap((name) => keyIn(join(trusted, name)) ?? []);
    return keys;
  };
}

function keyIn(file: string): Static<typeof TrustedKeyFile> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Value.Check(TrustedKeyFile, value) ? value : undefined;
  } catch {
    // Half copied, or gone since it was listed: it is read again in a second.
    return undefined;
  }
}

/** A secret of the installation: the given one, or one made once and kept in the file. */
export async function keptSecret(
  file: string,
  given: string | undefined,
  make: () => string,
): Promise<string> {
  if (given !== undefined && given !== '') return given;
  return (await keptIn(file, () => `${make()}\n`)).trim();
}

/** What the file holds; made once, however many processes ask for it at the same time. */
async function keptIn(file: string, make: () => string): Promise<string> {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    await createFile(file, make());
  }
  return readFileSync(file, 'utf8');
}
