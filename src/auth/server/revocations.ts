import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import { longestTokenLifetimeSeconds, maxRevocations, type RevocationDocument } from '../wire.ts';

/** `full`: the list has its most entries; nothing was recorded. */
export type RevocationResult = 'recorded' | 'full';

/** Ends one token. `now` in milliseconds since the epoch. */
export function revokeToken(
  database: Database | DatabaseClient,
  tokenId: string,
  nowMs: number,
): Promise<RevocationResult> {
  return record(database, 'token', tokenId, null, nowMs);
}

/** Ends every token of an app that was issued before `issuedBeforeMs`. */
export function revokeApp(
  database: Database | DatabaseClient,
  appId: string,
  issuedBeforeMs: number,
  nowMs: number,
): Promise<RevocationResult> {
  return record(database, 'app', appId, new Date(issuedBeforeMs), nowMs);
}

async function record(
  database: Database | DatabaseClient,
  kind: 'token' | 'app',
  subject: string,
  issuedBefore: Date | null,
  nowMs: number,
): Promise<RevocationResult> {
  const expiresAt = new Date(nowMs + longestTokenLifetimeSeconds * 1_000);
  const { rowCount } = await database.query(
    `insert into auth.revocation (kind, subject, issued_before, expires_at)
     select $1, $2, $3, $4
     where (select count(*) from auth.revocation) < $5
        or exists (select from auth.revocation where kind = $1 and subject = $2)
     on conflict (kind, subject) do update
     set issued_before = greatest(revocation.issued_before, excluded.issued_before),
         expires_at = excluded.expires_at, version = default`,
    [kind, subject, issuedBefore, expiresAt, maxRevocations],
  );
  return rowCount === 1 ? 'recorded' : 'full';
}

interface Row {
  kind: 'token' | 'app';
  subject: string;
  issuedBefore: Date | null;
  version: bigint;
}

/** The list as it is published, after dropping what no living token needs. */
export async function currentRevocations(database: Database, nowMs: number): Promise<RevocationDocument> {
  // The newest row stays: its version is the list's, and a list's version never goes back.
  await database.query(
    `delete from auth.revocation
     where expires_at < $1 and version < (select max(version) from auth.revocation)`,
    [new Date(nowMs)],
  );
  const { rows } = await database.query<Row>(
    'select kind, subject, issued_before as "issuedBefore", version from auth.revocation order by version',
  );
  const apps: Record<string, number> = {};
  for (const { subject, issuedBefore } of rows) {
    if (issuedBefore !== null) apps[subject] = issuedBefore.getTime() / 1_000;
  }
  return {
    version: Number(rows.at(-1)?.version ?? 0n),
    tokens: rows.filter(({ kind }) => kind === 'token').map(({ subject }) => subject),
    apps,
  };
}
