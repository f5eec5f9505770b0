import { isDeepStrictEqual } from 'node:util';
import type { MerchantChange, Refused } from '../../../control/directories/merchants.ts';
import type { DatabaseClient } from '../../../platform/database/database.ts';
import { type AccountNameOptions, setAccountNames } from './account-names.ts';
import { storeName } from './create.ts';
import { type MerchantRows, merchantOf, refusalOfSeeded, refuse } from './numbers.ts';
import { refusalOfProducts } from './products.ts';

/** Of all its numbers. `undefined`: it is done. What would have no effect is refused, and then nothing is. */
export async function editMerchant(
  client: DatabaseClient,
  number: string,
  change: MerchantChange,
  options: AccountNameOptions,
): Promise<Refused | undefined> {
  const merchant = await merchantOf(client, number, { lock: true });
  if ('refused' in merchant) return merchant;
  const wrong = (change.products && refusalOfProducts(change.products)) ?? refusalOf(merchant, change);
  if (wrong !== undefined) return wrong;
  const { shortCode, tills } = merchant;
  const { name, products, validation, operator, accountNames } = change;
  if (accountNames !== undefined) {
    const of = { ...merchant, products: products ?? merchant.products };
    const refused = await setAccountNames(client, of, accountNames, options);
    if (refused !== undefined) return refused;
  }
  await client.query(
    `update mpesa.organisation set products = coalesce($2, products), validates_payments = coalesce($3, validates_payments),
       nominated_number = coalesce($6, nominated_number), operator_id = coalesce($7, operator_id),
       name = case when $4::text is null then name when short_code = head_office then $5 else $4 end
     where head_office = $1`,
    [
      shortCode,
      products ?? null,
      validation ?? null,
      name ?? null,
      name === undefined || tills.length === 0 ? (name ?? null) : storeName(name),
      operator?.nominatedNumber ?? null,
      operator?.id ?? null,
    ],
  );
  return undefined;
}

function refusalOf(merchant: MerchantRows, change: MerchantChange): Refused | undefined {
  const { shortCode } = merchant;
  const { name, products = merchant.products, validation, operator } = change;
  const none = (why: string) => refuse('no_effect', `${why}; nothing was changed`);
  if (Object.values(change).every((value) => value === undefined))
    return none(
      `nothing of ${shortCode} is to be changed: give a name, products, validation, an operator or account names`,
    );
  if (change.name !== undefined || change.products !== undefined) {
    const seeded = refusalOfSeeded(shortCode, change.name === undefined ? 'what it may do' : 'the name');
    if (seeded !== undefined) return seeded;
  }
  if (name === merchant.name) return none(`${shortCode} is called ${name} already`);
  if (change.products !== undefined && isSame(products, merchant.products))
    return none(`${shortCode} has these products already: ${products.join(', ')}`);
  if (validation === merchant.validation)
    return none(`validation of ${shortCode} is ${validation ? 'on' : 'off'} already`);
  if (validation === true && !products.includes('c2b'))
    return none(`${shortCode} has no product c2b, so no payment would be validated: give it c2b first`);
  if (operator !== undefined && merchant.kind !== 'till')
    return none(`${shortCode} is a pay bill, and B2B Express asks tills alone`);
  if (operator !== undefined && isDeepStrictEqual(operator, merchant.operator))
    return none(`${shortCode} has this operator already`);
  return undefined;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}
