import type { JsonObject } from '../../config/canonical.ts';
import { isIntact, type Release } from '../../config/release.ts';
import type { Queryable } from '../../platform/database/database.ts';
import type { RolloutAt } from '../../rollout/machine/state.ts';
import {
  type Signed,
  type Signer,
  sign,
  signerOf,
  type TrustedKey,
  type Verify,
} from '../../rollout/signed/signed.ts';

/** A release as control vouches for it: written once, never changed. */
export type ReleaseStatement = JsonObject & Release & { readonly kind: 'imara.release/1' };

export async function insertRelease(client: Queryable, release: Release, signer: Signer): Promise<void> {
  await insertSigned(client, sign({ kind: 'imara.release/1', ...release }, signer));
}

export async function insertSigned(client: Queryable, signed: Signed<ReleaseStatement>): Promise<void> {
  const release = signed.body;
  await client.query({
    name: 'control_insert_release',
    text: `insert into control.release (service, sequence, hash, parent, author, reason, created_at, signed)
      values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    values: [
      release.service,
      release.sequence,
      release.hash,
      release.parent,
      release.author,
      release.reason,
      new Date(release.createdAt),
      JSON.stringify(signed),
    ],
  });
}

/** The sequence that the service's next release takes. Two that take the same: the second insert fails. */
export async function nextSequence(client: Queryable, service: string): Promise<number> {
  const { rows } = await client.query<{ next: number }>(
    'select coalesce(max(sequence), 0) + 1 as next from control.release where service = $1',
    [service],
  );
  return rows[0]?.next ?? 1;
}

/**
 * `undefined` when there is none, or when the row was not written by a trusted control plane, or changed
 * since.
 */
export async function findRelease(
  client: Queryable,
  service: string,
  sequence: number,
  keys: readonly TrustedKey[],
  verify: Verify,
): Promise<Release | undefined> {
  const { rows } = await client.query<{ signed: Signed<ReleaseStatement> }>(
    'select signed from control.release where service = $1 and sequence = $2',
    [service, sequence],
  );
  const release = vouchedFor(rows[0]?.signed, service, keys, verify);
  return release?.sequence === sequence ? release : undefined;
}

/** The same by its content; the latest of those that are equal. */
export async function findReleaseByHash(
  client: Queryable,
  service: string,
  hash: string,
  keys: readonly TrustedKey[],
  verify: Verify,
): Promise<Release | undefined> {
  const { rows } = await client.query<{ signed: Signed<ReleaseStatement> }>(
    'select signed from control.release where service = $1 and hash = $2 order by sequence desc limit 1',
    [service, hash],
  );
  const release = vouchedFor(rows[0]?.signed, service, keys, verify);
  return release?.hash === hash ? release : undefined;
}

function vouchedFor(
  signed: Signed<ReleaseStatement> | undefined,
  service: string,
  keys: readonly TrustedKey[],
  verify: Verify,
): Release | undefined {
  if (signed === undefined) return undefined;
  const { kind, ...release } = signed.body;
  const vouched = kind === 'imara.release/1' && signerOf(signed, keys, verify)?.role === 'control';
  return vouched && release.service === service && isIntact(release) ? release : undefined;
}

export interface ReleaseRow {
  service: string;
  sequence: number;
  hash: string;
  parent: string | null;
  author: string;
  reason: string;
  createdAt: Date;
  /** Of its latest rollout; `null`: it never set out. */
  rollout: string | null;
  phase: RolloutAt | null;
  current: boolean | null;
}

/** Newest first, without their content. */
export async function listReleases(
  database: Queryable,
  service: string,
  { before, limit }: { before: number | null; limit: number },
): Promise<ReleaseRow[]> {
  const { rows } = await database.query<ReleaseRow>({
    name: 'control_list_releases',
    text: `select release.service, release.sequence, release.hash, release.parent, release.author, release.reason,
        release.created_at as "createdAt", rollout.id as rollout, rollout.phase,
        rollout.id is not null and rollout.id = service.current_rollout as current
      from control.release
      left join control.rollout on rollout.service = release.service and rollout.sequence = release.sequence
      left join control.service on service.service = release.service
      where release.service = $1 and ($2::integer is null or release.sequence < $2)
      order by release.sequence desc limit $3`,
    values: [service, before, limit],
  });
  return rows;
}
