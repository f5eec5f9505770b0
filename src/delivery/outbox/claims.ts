import { type ColumnValue, column } from '../../platform/database/columns.ts';
import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import type { NextStep } from '../outcome/retry.ts';
import type { Allotment } from '../slots/shares.ts';
import type { Callback, Outcome } from '../types.ts';

/** A callback that this worker alone may send until its claim lapses. */
export interface ClaimedCallback extends Pick<Callback, 'id' | 'url' | 'headers' | 'body'> {
  host: string;
  /** Attempts of the schedule already spent. */
  attempts: number;
  createdAt: Date;
  /** Marks the claim it came from: a lapsed claim may not write a failure over a newer one's. */
  claim: string;
  /** The failure on demand that changed it. */
  fault: string | null;
  /** Of its own; `null`: as the settings have it. */
  retryAfterSeconds: number[] | null;
}

/** An attempt to be logged, and what becomes of its callback. */
export interface AttemptRecord {
  id: string;
  callback: Pick<ClaimedCallback, 'id' | 'claim' | 'attempts'>;
  at: Date;
  outcome: Outcome;
  next: NextStep;
}

// The index is walked host by host, one probe each, so that one host's backlog costs the others nothing.
const walkHosts = `with recursive walk as (
    (select host, due_at from delivery.callback where state = 'pending' and host >= $1
     order by host, due_at limit 1)
    union all
    select following.host, following.due_at from walk cross join lateral (
      select host, due_at from delivery.callback where state = 'pending' and host > walk.host
      order by host, due_at limit 1) following
  )`;

/** Hosts with a callback due at `now`, in the order of their names after `after` (`null`: from the first). */
export async function dueHosts(
  database: Database,
  now: Date,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await database.query<{ host: string }>({
    name: 'delivery_due_hosts',
    text: `${walkHosts} select host from walk where due_at <= $2 and host is distinct from $3 limit $4`,
    values: [after ?? '', now, after, limit],
  });
  return rows.map(({ host }) => host);
}

/** Claims the oldest due callbacks of each host, as many as it may take, for `leaseMs` from now. */
export async function claimCallbacks(
  database: Database,
  options: {
    allotments: readonly Allotment[];
    now: Date;
    claim: string;
    leaseMs: number;
    /** Callbacks this worker still holds, should their claim have lapsed. */
    except: readonly string[];
  },
): Promise<ClaimedCallback[]> {
  const { allotments, now, claim, leaseMs, except } = options;
  const { rows } = await database.query<ClaimedCallback>({
    name: 'delivery_claim',
    text: `with picked as materialized (
        select due.id from unnest($1::text[], $2::int[]) as share (host, take)
        cross join lateral (
          select id from delivery.callback
          where state = 'pending' and host = share.host and due_at <= $3
            and (claimed_until is null or (claimed_until <= now() and id <> all($6::uuid[])))
          order by due_at limit share.take
          for update skip locked
        ) due
      )
      update delivery.callback c
      set claimed_by = $4, claimed_until = now() + $5 * interval '1 millisecond'
      from picked where c.id = picked.id
      returning c.id, c.url, c.host, c.headers, c.body, c.attempts, c.created_at as "createdAt",
        c.claimed_by as claim, c.fault, c.retry_after_seconds as "retryAfterSeconds"`,
    values: [
      allotments.map(({ host }) => host),
      allotments.map(({ take }) => take),
      now,
      claim,
      leaseMs,
      except,
    ],
  });
  return rows;
}

/**
 * Logs attempts and moves their callbacks on, in one statement; written again, it changes nothing. An
 * acknowledgement always counts; any other outcome only while its claim is the callback's.
 */
export async function recordAttempts(database: Database, records: readonly AttemptRecord[]): Promise<void> {
  const of = (value: (record: AttemptRecord) => ColumnValue) => column(records.map(value));
  const columns = [
    of(({ id }) => id),
    of(({ callback }) => callback.id),
    of(({ callback }) => callback.claim),
    of(({ callback }) => callback.attempts + 1),
    of(({ at }) => at),
    of(({ outcome }) => outcome.address),
    of(({ outcome }) => outcome.kind),
    of(({ outcome }) => outcome.status),
    of(({ outcome }) => outcome.durationMs),
    of(({ outcome }) => outcome.reason),
    of(({ outcome }) => outcome.response),
    of(({ next }) => next.state),
    of(({ callback, next }) =>
      next.state === 'pending' && !next.spent ? callback.attempts : callback.attempts + 1,
    ),
    of(({ next }) => (next.state === 'pending' ? new Date(next.dueAt) : null)),
  ];
  await database.query({
    name: 'delivery_record',
    text: `with result as (
        select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::timestamptz[], $6::text[],
          $7::text[], $8::int[], $9::int[], $10::text[], $11::text[], $12::text[], $13::int[],
          $14::timestamptz[])
        as r (id, callback_id, claim, n, at, address, outcome, status, duration_ms, reason, response, state,
          attempts, due_at)
      ), logged as (
        insert into delivery.attempt
          (id, callback_id, n, at, address, outcome, status, duration_ms, reason, response)
        select id, callback_id, n, at, address, outcome, status, duration_ms, reason, response from result
        on conflict (id) do nothing
      )
      update delivery.callback c
      set state = r.state, attempts = r.attempts, due_at = coalesce(r.due_at, c.due_at),
        settled_at = case when r.state = 'pending' then null else r.at end,
        claimed_until = null, claimed_by = null
      from result r
      where c.id = r.callback_id
        and (c.claimed_by = r.claim or (r.state = 'delivered' and c.state <> 'delivered'))`,
    values: columns,
  });
}

/** Takes claims back: what was claimed and not begun may be claimed at once, by this worker or another. */
export async function giveUpClaims(
  database: Database,
  callbacks: readonly Pick<ClaimedCallback, 'id' | 'claim'>[],
): Promise<void> {
  await database.query({
    name: 'delivery_give_up',
    text: `update delivery.callback c set claimed_until = null, claimed_by = null
      from unnest($1::uuid[], $2::uuid[]) as g (id, claim)
      where c.id = g.id and c.claimed_by = g.claim and c.state = 'pending'`,
    values: [callbacks.map(({ id }) => id), callbacks.map(({ claim }) => claim)],
  });
}

/** When the callback that waits longest became due; `null`: none is pending. */
export async function oldestPendingDueAt(database: Database): Promise<Date | null> {
  const { rows } = await database.query<{ oldest: Date | null }>({
    name: 'delivery_oldest_pending',
    text: `${walkHosts} select min(due_at) as oldest from walk`,
    values: [''],
  });
  return rows[0]?.oldest ?? null;
}

/**
 * Sends a dead letter again: `exhausted` or `refused` becomes due at `now`, with its whole schedule before
 * it. False when it is neither: a callback that was delivered is never sent again.
 */
export async function replayCallback(
  database: Database | DatabaseClient,
  id: string,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await database.query(
    `update delivery.callback set state = 'pending', attempts = 0, due_at = $2, settled_at = null
     where id = $1 and state in ('exhausted', 'refused')`,
    [id, now],
  );
  return rowCount === 1;
}
