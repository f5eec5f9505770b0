import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Database, type DatabaseClient, inTransaction } from '../../platform/database/database.ts';
import { createSeal, type Seal } from '../../platform/sealing.ts';
import { type PublicJwk, signatureAlgorithm, thumbprint } from '../wire.ts';
import { type KeyTimes, nextKeySignsFrom, type RotationSettings, retiredKeys } from './rotation.ts';

export interface SigningKey extends KeyTimes {
  publicJwk: PublicJwk;
  /** Absent when it was sealed under another secret: such a key is published, and never signs here. */
  privateKey: KeyObject | undefined;
}

/** `secret`: the same for all servers. */
export function sealOfKeys(secret: string): Seal {
  return createSeal(secret, 'imara auth signing keys');
}

interface Row {
  id: string;
  publicJwk: PublicJwk;
  sealed: Buffer;
  signsFrom: Date;
}

/**
 * The keys all servers share, after creating the next one and removing the retired ones when it is time. Any
 * number of servers may do it at once: the change is made under a lock on the table, after looking again.
 */
export async function maintainedKeys(
  database: Database,
  seal: Seal,
  settings: RotationSettings,
  nowMs: number,
): Promise<SigningKey[]> {
  const keys = await storedKeys(database, seal);
  const settled =
    nextKeySignsFrom(keys, nowMs, settings) === undefined && retiredKeys(keys, nowMs).length === 0;
  if (settled) return keys;
  return inTransaction(database, async (client) => {
    await client.query('lock table auth.signing_key in exclusive mode');
    const current = await storedKeys(client, seal);
    const signsFromMs = nextKeySignsFrom(current, nowMs, settings);
    if (signsFromMs !== undefined) await insertKey(client, seal, new Date(signsFromMs), new Date(nowMs));
    const retired = retiredKeys(current, nowMs).map(({ id }) => id);
    await client.query('delete from auth.signing_key where id = any($1)', [retired]);
    return storedKeys(client, seal);
  });
}

async function storedKeys(database: Database | DatabaseClient, seal: Seal): Promise<SigningKey[]> {
  const { rows } = await database.query<Row>(`
    select id, public_jwk as "publicJwk", sealed_private_key as sealed, signs_from as "signsFrom"
    from auth.signing_key order by signs_from, id`);
  return rows.map(({ id, publicJwk, sealed, signsFrom }) => {
    const opened = seal.open(sealed);
    const privateKey =
      opened === undefined ? undefined : createPrivateKey({ key: opened, format: 'der', type: 'pkcs8' });
    return {
      id,
      publicJwk,
      privateKey,
      openable: privateKey !== undefined,
      signsFromMs: signsFrom.getTime(),
    };
  });
}

async function insertKey(client: DatabaseClient, seal: Seal, signsFrom: Date, now: Date): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { x } = publicKey.export({ format: 'jwk' });
  if (x === undefined) throw new Error('an Ed25519 key without x');
  const id = thumbprint(x);
  const publicJwk: PublicJwk = {
    kty: 'OKP',
    crv: 'Ed25519',
    x,
    kid: id,
    alg: signatureAlgorithm,
    use: 'sig',
  };
  const sealed = seal.seal(privateKey.export({ format: 'der', type: 'pkcs8' }));
  await client.query(
    `insert into auth.signing_key (id, public_jwk, sealed_private_key, signs_from, created_at)
     values ($1, $2, $3, $4, $5)`,
    [id, JSON.stringify(publicJwk), sealed, signsFrom, now],
  );
}
