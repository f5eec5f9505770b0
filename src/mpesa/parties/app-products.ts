/**
 * What each app may ask for, as one API process knows it. The table is the truth and is read once a second,
 * so that no request asks the database; what was read last stays in force while the database is away. Until
 * it was read once nothing is known, and nothing is allowed.
 */
import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import type { Log } from '../../platform/log.ts';
import { repeat } from '../../platform/loop/repeat.ts';

export interface AppProducts {
  /** `issuedAt` of the token, in seconds since the epoch. `unknown`: nothing could be read yet. */
  mayAsk(token: { appId: string; issuedAt: number }, product: string): 'yes' | 'no' | 'unknown';
  /** Settles with the first reading, or at its deadline without one. */
  readonly loaded: Promise<void>;
  close(): Promise<void>;
}

const POLL_MS = 1_000;
const READ_MS = 2_000;
/** Restricted apps are few: over it the last that was read stays in force, and the log says so. */
const MOST_ROWS = 50_000;

/** By app, then by product: seconds since the epoch from which its tokens may ask for it. */
type Known = ReadonlyMap<string, ReadonlyMap<string, number>>;

export function openAppProducts({ database, log }: { database: Database; log: Log }): AppProducts {
  let known: Known | undefined;

  async function read(): Promise<void> {
    known = await within(Deadline.in(READ_MS), 'products of apps', () => readAll(database));
  }
  const loop = repeat({
    work: read,
    waitMs(ran) {
      if (!ran.ok && ran.failures === 1)
        log.warn({ err: ran.error }, 'what apps may ask for could not be read: what is known holds');
      return POLL_MS;
    },
  });

  return {
    loaded: loop.running()?.then(() => {}) ?? Promise.resolve(),
    mayAsk({ appId, issuedAt }, product) {
      if (known === undefined) return 'unknown';
      const products = known.get(appId);
      if (products === undefined) return 'yes';
      return issuedAt >= (products.get(product) ?? Number.POSITIVE_INFINITY) ? 'yes' : 'no';
    },
    close: () => loop.stop(),
  };
}

async function readAll(database: Database): Promise<Known> {
  const { rows } = await database.query<{ appId: string; product: string; addedAt: Date }>({
    name: 'mpesa_app_products',
    text: `select app_id as "appId", product, added_at as "addedAt" from mpesa.app_product limit $1`,
    values: [MOST_ROWS + 1],
  });
  if (rows.length > MOST_ROWS) throw new Error(`more than ${MOST_ROWS} products of restricted apps`);
  const apps = new Map<string, Map<string, number>>();
  for (const { appId, product, addedAt } of rows) {
    const products = apps.get(appId) ?? new Map<string, number>();
    apps.set(appId, products.set(product, addedAt.getTime() / 1_000));
  }
  return apps;
}

/** `all`: every product, those that come later too. A product that it had already keeps its tokens. */
export async function setAppProducts(
  client: Database | DatabaseClient,
  appId: string,
  products: readonly string[] | 'all',
  nowMs: number,
): Promise<void> {
  const kept = products === 'all' ? [] : products;
  await client.query('delete from mpesa.app_product where app_id = $1 and product <> all($2)', [appId, kept]);
  await client.query(
    `insert into mpesa.app_product (app_id, product, added_at) select $1, unnest($2::text[]), $3
     on conflict do nothing`,
    [appId, kept, new Date(nowMs)],
  );
}

/** What each restricted app may ask for, for people. */
export async function productsOfApps(
  client: Database | DatabaseClient,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await client.query<{ id: string; products: string[] }>(
    `select app_id as id, array_agg(product order by product) as products
     from mpesa.app_product group by app_id`,
  );
  return new Map(rows.map(({ id, products }) => [id, products]));
}
