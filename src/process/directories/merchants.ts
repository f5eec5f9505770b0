import { randomBytes, randomInt } from 'node:crypto';
import { createApp } from '../../auth/server/apps.ts';

import type { MerchantView } from '../../control/contract/resources/directories/merchants.ts';
import type { MerchantDirectory } from '../../control/directories/merchants.ts';
import { initiatorRoles, seedInitiator } from '../../mpesa/parties/initiators/initiators.ts';

import { insertOrganisation } from '../../mpesa/parties/organisations.ts';
import { SYNTHETIC_SHORT_CODE } from '../../mpesa/parties/synthetic.ts';

/** What the API and the authentication servers know of those who are paid, for control. */
export const merchantDirectory: MerchantDirectory = {
  /** Pay bills and tills, by their number. A store number is shown with its till. */
  async list(client) {
    const { rows } = await client.query<MerchantView>(
      `select name, kind, head_office as "shortCode", short_code as "partyB", products,
         left(app.consumer_key, 4) || '••••' as "consumerKey"
       from mpesa.organisation organisation
       left join lateral (select consumer_key from auth.app where id::text = organisation.app_id) app on true
       where short_code <> $1 and (kind = 'paybill' or head_office <> short_code)
       order by short_code`,
      [SYNTHETIC_SHORT_CODE],
    );
    return rows;
  },

  async setValidation(client, shortCode, validation) {
    const { rowCount } = await client.query(
      'update mpesa.organisation set validates_payments = $2 where short_code = $1',
      [shortCode, validation],
    );
    return rowCount === 1;
  },

  /** A merchant with an app and an initiator of its own. */
  async create(client, wanted) {
    const { name } = wanted;
    const isTill = wanted.till !== undefined || wanted.store !== undefined;
    const shortCode = (isTill ? wanted.store : wanted.paybill) ?? madeUp();
    const partyB = isTill ? (wanted.till ?? madeUp()) : shortCode;
    const kind = isTill ? 'till' : 'paybill';
    const passkey = randomBytes(32).toString('hex');
    const { appId, ...credentials } = await createApp(client, { name });
    const organisations = isTill
      ? [
          { shortCode, name: `${name} (store)`, kind: 'till' as const, passkey, appId },
          { shortCode: partyB, name, kind: 'till' as const, headOffice: shortCode, appId },
        ]
      : [{ shortCode, name, kind: 'paybill' as const, passkey, appId }];
    for (const organisation of organisations)
      if (!(await insertOrganisation(client, organisation))) return { taken: organisation.shortCode };
    const initiator = { username: `api${shortCode}`, password: randomBytes(18).toString('base64url') };
    await seedInitiator(client, { ...initiator, shortCode, roles: initiatorRoles });
    const asked = { initiatorName: initiator.username, initiatorPassword: initiator.password };
    return { merchant: { name, kind, shortCode, partyB, passkey, ...credentials, ...asked } };
  },
};

/** Seven digits: none of the vendor's published ones. */
function madeUp(): string {
  return String(randomInt(7_000_000, 8_000_000));
}
