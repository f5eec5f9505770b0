import { Pool, type PoolClient, types } from 'pg';
import { candidatesOf } from './database-url.ts';
import { HOST_MS, PrimaryClient } from './primary-client.ts';
import { tellAway } from './store-away.ts';

export type Database = Pool;
export type DatabaseClient = PoolClient;
/** For a statement that a pool may run by itself, or a caller in its transaction. */
export type Queryable = Database | DatabaseClient;

const INT8 = 20;

/** Money and versions are `int8`: read as `bigint`, never as a float. Everything else as `pg` reads it. */
export const columnTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? BigInt : types.getTypeParser(oid, format as 'text'),
};

export interface DatabaseOptions {
  /** As `parseDatabaseUrl` returns it. */
  url: string;
  /** Shown by `pg_stat_activity`. */
  name: string;
  /** Most connections this process takes. */
  maxConnections: number;
  /** A statement that runs longer is cancelled by the server. */
  statementTimeoutMs?: number;
  /**
   * Named statements are planned once, whatever their values, and go by an index always. To plan one over
   * partitions again costs more than to run it, and a plan made while a table was empty must stay right when
   * it is full.
   */
  plansOnce?: boolean;
  /**
   * A commit does not wait for the disk: a crash of the server may undo those of the last half second. A
   * later commit that does wait has them on disk too, so what follows from them is never there without them.
   * For claims and the like, never for what somebody was notified of.
   */
  commitsLater?: boolean;
}

const plannedOnce = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
};

/**
 * How long a caller waits for a connection, a new one too; longer where the primary must be found among
 * several hosts.
 */
export const CONNECT_MS = 3_000;

/**
 * A bounded pool with a deadline on each wait: for a connection, a statement, a lock, an idle transaction.
 * The caller's own deadline still goes around it (`within`): a dead peer is noticed by the client, not by the
 * server. A store that does not answer is a `StoreAway`.
 */
export function openDatabase({
  url,
  name,
  maxConnections,
  statementTimeoutMs = 5_000,
  plansOnce = false,
  commitsLater = false,
}: DatabaseOptions): Database {
  const pool = new Pool({
    connectionString: url,
    application_name: name,
    max: maxConnections,
    Client: PrimaryClient,
    connectionTimeoutMillis: CONNECT_MS + HOST_MS * candidatesOf(url).length,
    idleTimeoutMillis: 30_000,
    query_timeout: statementTimeoutMs + 1_000,
    statement_timeout: statementTimeoutMs,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 5_000,
    keepAlive: true,
    ...((plansOnce || commitsLater) && {
      options: optionsOf({
        ...(plansOnce && plannedOnce),
        ...(commitsLater && { synchronous_commit: 'off' }),
      }),
    }),
    types: columnTypes,
  });
  // A connection lost while idle is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {});
  tellAway(pool, 'connect');
  tellAway(pool, 'query');
  pool.on('connect', (client) => tellAway(client, 'query'));
  return pool;
}

/** Settings of a session, as the protocol takes them. */
export function optionsOf(session: Readonly<Record<string, string>>): string {
  return Object.entries(session)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** Runs `work` in one transaction; an exception rolls it back and is passed on. */
export async function inTransaction<T>(
  database: Database,
  work: (client: DatabaseClient) => Promise<T>,
): Promise<T> {
  const client = await database.connect();
  let broken: Error | undefined;
  // The next statement finds out that a connection was lost; without a listener it would end the
  // process.
  const lost = (error: Error) => {
    broken = error;
  };
  client.on('error', lost);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    if (isReadOnly(error)) broken = error;
    throw error;
  } finally {
    client.off('error', lost);
    // A client that is lost, could not roll back and holds an open transaction, or is not at the primary:
    // never back into the pool.
    client.release(broken);
  }
}

/** Its server was the primary, and is no longer: the next connection finds the one that is. */
function isReadOnly(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === '25006';
}
