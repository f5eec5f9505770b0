import { Socket } from 'node:net';
import type { Client } from 'pg';
import { columnTypes, optionsOf } from '../../platform/database/database.ts';
import { PrimaryClient } from '../../platform/database/primary-client.ts';
import { type Deadline, within } from '../../platform/deadline.ts';

/** One connection of a lane, and whether it can still be trusted. */
export interface Connection {
  client: Client;
  socket: Socket;
  /**
   * The socket ended, or the server said that a commit may not be replicated: what was under way is unknown.
   */
  lost: boolean;
}

/**
 * Settings of a lane's session. Waits have an end on the server too. The planner may not guess: every
 * statement finds its rows by key from an array of unknown size, and a plan made while a table was empty must
 * stay right when it is full.
 */
const session = {
  synchronous_commit: 'on',
  statement_timeout: '5s',
  lock_timeout: '2s',
  idle_in_transaction_session_timeout: '5s',
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
};

/** Opens a connection for a lane and asserts its settings. Throws when it cannot in time. */
export async function connectLane(url: string, deadline: Deadline): Promise<Connection> {
  const socket = new Socket();
  const client = new PrimaryClient({
    connectionString: url,
    application_name: 'imara-books',
    connectionTimeoutMillis: Math.ceil(Math.max(1, deadline.remainingMs())),
    keepAlive: true,
    stream: () => socket,
    pipeline: true,
    types: columnTypes,
    options: optionsOf(session),
  });
  const connection: Connection = { client, socket, lost: false };
  const lose = () => {
    connection.lost = true;
  };
  client.on('error', lose);
  client.on('end', lose);
  // The server gives up waiting for its standby but reports success: the commit is not known to be durable.
  client.on('notice', ({ message }) => {
    if (message?.includes('synchronous replication')) lose();
  });
  try {
    await within(deadline, 'a connection of the books', async () => {
      await client.connect();
      await assertSettings(client);
    });
  } catch (error) {
    disconnect(connection);
    throw error;
  }
  return connection;
}

/** Ends the connection without waiting for it: whatever it still does is unknown. */
export function disconnect(connection: Connection): void {
  connection.lost = true;
  // The driver's own `end` waits for answers that may never come.
  connection.socket.destroy();
}

async function assertSettings(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings
      where name in ('synchronous_commit', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_read_only')`,
  );
  const found = new Map(rows.map(({ name, setting }) => [name, setting]));
  const wanted = {
    synchronous_commit: 'on',
    lock_timeout: '2000',
    idle_in_transaction_session_timeout: '5000',
    transaction_read_only: 'off',
  };
  for (const [name, value] of Object.entries(wanted)) {
    if (found.get(name) !== value) {
      throw new Error(`the books need ${name} = ${value}, and the server says ${found.get(name)}`);
    }
  }
}
