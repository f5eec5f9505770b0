import { randomBytes, randomInt } from 'node:crypto';
import { createApp } from '../../../auth/server/apps.ts';
import type { NewCredentials, NewMerchant, Refused } from '../../../control/directories/merchants.ts';
import { initiatorRoles, seedInitiator } from '../../../mpesa/parties/initiators/initiators.ts';
import { insertOrganisation, organisationProducts } from '../../../mpesa/parties/organisations.ts';
import type { DatabaseClient } from '../../../platform/database/database.ts';
import { linkApp } from './apps.ts';
import type { Money } from './money.ts';
import { refuse } from './numbers.ts';
import { planOpening } from './opening.ts';
import { newPasskey } from './passkey.ts';
import { refusalOfProducts } from './products.ts';

/** A merchant with an app and an initiator of its own; what it begins with is moved afterwards. */
export async function createMerchant(
  client: DatabaseClient,
  money: Money,
  { name, paybill, till, store, products = organisationProducts, opening }: NewMerchant,
): Promise<NewCredentials | Refused> {
  const wrong = refusalOfProducts(products);
  if (wrong !== undefined) return wrong;
  const isTill = till !== undefined || store !== undefined;
  const shortCode = (isTill ? store : paybill) ?? madeUp();
  const partyB = isTill ? (till ?? madeUp()) : shortCode;
  if (isTill && partyB === shortCode)
    return refuse('invalid', 'a till and its store have different numbers: leave one out and it is made up');
  const kind = isTill ? 'till' : 'paybill';
  const passkey = newPasskey();
  const organisations = isTill
    ? [
        { shortCode, name: storeName(name), kind: 'till' as const, passkey, products },
        { shortCode: partyB, name, kind: 'till' as const, headOffice: shortCode, products },
      ]
    : [{ shortCode, name, kind: 'paybill' as const, passkey, products }];
  for (const organisation of organisations)
    if (!(await insertOrganisation(client, organisation)))
      return refuse(
        'taken',
        `${organisation.shortCode} is somebody's: choose another number, or leave it out and one is made up`,
      );
  const { appId, ...credentials } = await createApp(client, { name });
  await linkApp(client, shortCode, appId);
  const initiator = { username: `api${shortCode}`, password: madeUpPassword() };
  await seedInitiator(client, { ...initiator, shortCode, roles: initiatorRoles });
  const unfunded = opening && (await planOpening(client, money, shortCode, opening));
  if (unfunded !== undefined) return unfunded;
  const asked = { initiatorName: initiator.username, initiatorPassword: initiator.password };
  return { name, kind, shortCode, partyB, passkey, ...credentials, ...asked };
}

export function storeName(name: string): string {
  return `${name} (store)`;
}

export function madeUpPassword(): string {
  return randomBytes(18).toString('base64url');
}

/** Seven digits: none of the vendor's published ones. */
function madeUp(): string {
  return String(randomInt(7_000_000, 8_000_000));
}
