import { Client, type ClientConfig } from 'pg';
import { candidatesOf } from './database-url.ts';
import { textOf } from './store-away.ts';

/** How long one of several hosts has to answer, and to say whether it is the primary. */
export const HOST_MS = 2_000;

/**
 * A client of PostgreSQL that finds the primary where its URL names several hosts, as libpq does with
 * `target_session_attrs`: at each connect the hosts are asked in turn, each within `HOST_MS`, on a connection
 * of its own that is closed at once. Where the URL names one host, it is the plain client.
 */
export class PrimaryClient extends Client {
  readonly #candidates: readonly string[];

  constructor(config: ClientConfig = {}) {
    const candidates = candidatesOf(config.connectionString ?? '');
    // Each of them says the same, but for the host.
    super({ ...config, ...(candidates[0] === undefined ? {} : { connectionString: candidates[0] }) });
    this.#candidates = candidates;
  }

  override connect(): Promise<Client>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback?: (error: Error) => void): unknown {
    if (this.#candidates.length === 0)
      return callback === undefined ? super.connect() : super.connect(callback);
    const connected = this.#connectToPrimary();
    if (callback === undefined) return connected;
    // `pg` calls it without an error where there is none.
    const done: (error?: Error) => void = callback as (error?: Error) => void;
    connected.then(() => done(), done);
    return undefined;
  }

  async #connectToPrimary(): Promise<Client> {
    const { host, port } = await findPrimary(this.#candidates);
    // Its user has cut it off meanwhile: to connect now would leave a connection that nobody knows.
    if (this.connection.stream.destroyed) throw new Error('given up while the primary was looked for');
    this.host = host;
    this.port = port;
    return super.connect();
  }
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/**
 * Which of these URLs led to the primary when last asked, by all of them: asked first, since a host that is
 * down costs time.
 */
const lastFound = new Map<string, string>();

async function findPrimary(candidates: readonly string[]): Promise<Place> {
  const all = candidates.join();
  const known = lastFound.get(all);
  const inTurn = candidates.toSorted((a, b) => Number(b === known) - Number(a === known));
  const reasons: string[] = [];
  for (const url of inTurn) {
    const asked = await ask(url);
    if (asked.isPrimary) {
      lastFound.set(all, url);
      return asked.place;
    }
    reasons.push(`${asked.place.host}:${asked.place.port} ${asked.why}`);
  }
  throw new Error(`none of the hosts is the primary: ${reasons.join('; ')}`);
}

type Asked = { isPrimary: true; place: Place } | { isPrimary: false; place: Place; why: string };

async function ask(url: string): Promise<Asked> {
  const client = new Client({
    connectionString: url,
    application_name: 'imara which is the primary',
    connectionTimeoutMillis: HOST_MS,
    query_timeout: HOST_MS,
  });
  client.on('error', () => {});
  const place = { host: client.host, port: client.port };
  try {
    await client.connect();
    const { rows } = await client.query<{ standby: boolean; readOnly: boolean }>(
      `select pg_is_in_recovery() as standby, current_setting('transaction_read_only')::bool as "readOnly"`,
    );
    const { standby = true, readOnly = true } = rows[0] ?? {};
    if (!standby && !readOnly) return { isPrimary: true, place };
    return { isPrimary: false, place, why: standby ? 'is a standby' : 'is read-only' };
  } catch (error) {
    if (isSameEverywhere(error)) throw error;
    return { isPrimary: false, place, why: `does not answer: ${textOf(error)}` };
  } finally {
    // It has said what was asked; how it ends is its own affair.
    client.connection.stream.destroy();
  }
}

/** A wrong password, or no such database: the next host would say the same. */
function isSameEverywhere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(28|3D)...$/.test(String(error.code));
}
