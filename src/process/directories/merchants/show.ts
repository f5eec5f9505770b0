import type { MerchantPage } from '../../../control/contract/resources/directories/merchants/one.ts';
import type { Refused } from '../../../control/directories/merchants.ts';
import { nameOf } from '../../../mpesa/parties/accounts/account-names.ts';
import { accounts, organisationKinds } from '../../../mpesa/parties/accounts/accounts.ts';
import { productsOfApps } from '../../../mpesa/parties/app-products.ts';
import { decimal } from '../../../mpesa/results/text.ts';
import type { Database, DatabaseClient } from '../../../platform/database/database.ts';
import { merchantOf } from './numbers.ts';
import { showOpening } from './opening.ts';

type Queryable = Database | DatabaseClient;

export async function showMerchant(client: Queryable, number: string): Promise<MerchantPage | Refused> {
  const merchant = await merchantOf(client, number);
  if ('refused' in merchant) return merchant;
  const { shortCode, createdAt, ...known } = merchant;
  return {
    ...known,
    shortCode,
    createdAt: createdAt.toISOString(),
    urls: await urlsOf(client, [shortCode, ...known.tills.map((till) => till.number)]),
    accountNames: await accountNamesOf(client, shortCode),
    opening: await showOpening(client, shortCode),
    accounts: await accountsOf(client, shortCode),
    initiators: await initiatorsOf(client, shortCode),
    apps: await appsOf(client, shortCode),
  };
}

async function urlsOf(client: Queryable, numbers: readonly string[]): Promise<MerchantPage['urls']> {
  const { rows } = await client.query<NonNullable<MerchantPage['urls']>>(
    `select confirmation_url as confirmation, validation_url as validation, response_type as "responseType"
     from mpesa.c2b_registration where short_code = any($1) order by short_code limit 1`,
    [numbers],
  );
  return rows[0] ?? null;
}

async function accountNamesOf(client: Queryable, shortCode: string): Promise<string | null> {
  const { rows } = await client.query<{ url: string }>(
    'select base_url as url from mpesa.account_names where short_code = $1',
    [shortCode],
  );
  return rows[0]?.url ?? null;
}

/** In the vendor's order. */
async function accountsOf(client: Queryable, shortCode: string): Promise<MerchantPage['accounts']> {
  const { rows } = await client.query<{ id: bigint; balance: bigint; available: bigint }>(
    `select id, credits_posted - debits_posted as balance, credits_posted - debits_posted - debits_pending as available
     from ledger.account where id = any($1) order by id`,
    [organisationKinds.map((kind) => accounts.organisation(shortCode, kind))],
  );
  return rows.map(({ id, balance, available }) => ({
    account: nameOf(id),
    balance: decimal(balance),
    available: decimal(available),
  }));
}

async function initiatorsOf(client: Queryable, shortCode: string): Promise<MerchantPage['initiators']> {
  const { rows } = await client.query<{
    username: string;
    roles: string[];
    state: MerchantPage['initiators'][number]['state'];
    wrongInRow: number;
    lockedUntil: Date | null;
  }>(
    `select username, roles, wrong_in_row as "wrongInRow",
       case when locked_until > now() then locked_until end as "lockedUntil",
       case when disabled then 'disabled' when locked_until > now() then 'locked' else 'active' end as state
     from mpesa.initiator where short_code = $1 order by username`,
    [shortCode],
  );
  return rows.map(({ lockedUntil, ...initiator }) => ({
    ...initiator,
    lockedUntil: lockedUntil?.toISOString() ?? null,
  }));
}

async function appsOf(client: Queryable, shortCode: string): Promise<MerchantPage['apps']> {
  const { rows } = await client.query<Omit<MerchantPage['apps'][number], 'products'>>(
    `select app.id::text as id, app.name, app.consumer_key as "consumerKey", app.state
     from mpesa.organisation_app made join auth.app app on app.id::text = made.app_id
     where made.head_office = $1 order by app.id`,
    [shortCode],
  );
  const products = await productsOfApps(client);
  return rows.map((app) => ({ ...app, products: products.get(app.id) ?? null }));
}
