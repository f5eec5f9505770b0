import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import { isSecretName } from '../../platform/secret-names.ts';
import type { Callback, OutcomeKind } from '../types.ts';
import { replayCallback } from './claims.ts';

export const callbackStates = ['pending', 'delivered', 'exhausted', 'refused'] as const;

export type CallbackState = (typeof callbackStates)[number];

export interface CallbackFilter {
  states?: readonly CallbackState[];
  host?: string;
  ids?: readonly string[];
  /** Written then, or later. */
  since?: Date;
  /** Those with this header are left out. */
  without?: { header: string; value: string };
  limit: number;
}

/** A callback as people look at it. */
export interface CallbackSummary {
  id: string;
  url: string;
  state: CallbackState;
  /** Attempts with a known outcome since it was written, or last sent again. */
  attempts: number;
  dueAt: Date;
  createdAt: Date;
  settledAt: Date | null;
}

export interface CallbackDetails extends CallbackSummary, Pick<Callback, 'body'> {
  /** Values that may be secrets are masked. */
  headers: Record<string, string>;
  /** Oldest first, also those before it was sent again. */
  log: readonly AttemptSummary[];
}

export interface AttemptSummary {
  at: Date;
  outcome: OutcomeKind;
  status: number | null;
  address: string | null;
  durationMs: number;
  /** Why it is not `delivered`. */
  reason: string | null;
  /** First bytes of an answer that was not 2xx. */
  response: string | null;
}

export type Resent = { ok: true } | { ok: false; reason: 'not_found' | 'pending' | 'delivered' };

const summary = `id, url, state, attempts, due_at as "dueAt", created_at as "createdAt", settled_at as "settledAt"`;

/** Newest first. */
export async function listCallbacks(
  database: Database | DatabaseClient,
  { states, host, ids, since, without, limit }: CallbackFilter,
): Promise<CallbackSummary[]> {
  const { rows } = await database.query<CallbackSummary>(
    `select ${summary} from delivery.callback
     where ($1::text[] is null or state = any($1)) and ($2::text is null or host = $2)
       and ($3::uuid[] is null or id = any($3)) and ($4::text is null or headers ->> $4 is distinct from $5)
       and ($7::timestamptz is null or created_at >= $7)
     order by id desc limit $6`,
    [
      states ?? null,
      host ?? null,
      ids ?? null,
      without?.header ?? null,
      without?.value ?? null,
      limit,
      since ?? null,
    ],
  );
  return rows;
}

export async function showCallback(
  database: Database | DatabaseClient,
  id: string,
): Promise<CallbackDetails | undefined> {
  const { rows } = await database.query<Omit<CallbackDetails, 'log'>>(
    `select ${summary}, headers, body from delivery.callback where id = $1`,
    [id],
  );
  const [callback] = rows;
  if (callback === undefined) return undefined;
  const { rows: log } = await database.query<AttemptSummary>(
    `select at, outcome, status, address, duration_ms as "durationMs", reason, response
     from delivery.attempt where callback_id = $1 order by at, n`,
    [id],
  );
  return { ...callback, headers: masked(callback.headers), log };
}

/**
 * Sends a dead letter again, with its whole schedule before it: what was delivered, or will be tried, is left
 * alone.
 */
export async function resendCallback(
  database: Database | DatabaseClient,
  id: string,
  now: Date,
): Promise<Resent> {
  if (await replayCallback(database, id, now)) return { ok: true };
  const [callback] = await listCallbacks(database, { ids: [id], limit: 1 });
  if (callback === undefined) return { ok: false, reason: 'not_found' };
  return { ok: false, reason: callback.state === 'delivered' ? 'delivered' : 'pending' };
}

function masked(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isSecretName(name) ? '••••' : value]),
  );
}
