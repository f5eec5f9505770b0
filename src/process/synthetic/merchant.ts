import { join } from 'node:path';
import { seedApp } from '../../auth/server/apps.ts';
import { keptSecret } from '../../control/keyring.ts';
import { newToken } from '../../control/operators.ts';
import { insertAccounts } from '../../ledger/accounts.ts';
import { accounts } from '../../mpesa/parties/accounts/accounts.ts';
import { seedOrganisation } from '../../mpesa/parties/organisations.ts';
import { SYNTHETIC_SHORT_CODE } from '../../mpesa/parties/synthetic.ts';
import type { Database } from '../../platform/database/database.ts';
import { variable } from '../../platform/environment/read.ts';
import { replaceFile } from '../../platform/files/atomic-file.ts';

/** Who synthetic payments are made to: a merchant like any other, with books of its own. */
export interface SyntheticMerchant {
  consumerKey: string;
  consumerSecret: string;
  shortCode: string;
  passkey: string;
}

const CONSUMER_KEY = 'imara-synthetic';
/** The watch pays the same merchant, by an app of its own: a new token may end the one before. */
const WATCH_CONSUMER_KEY = 'imara-watch';

/** Of this installation: `IMARA_SYNTHETIC_SECRET`, or a secret that is made once and kept in its home. */
export async function syntheticMerchant(home: string): Promise<SyntheticMerchant> {
  const secret = await keptSecret(
    join(home, 'control', 'synthetic-secret'),
    variable('IMARA_SYNTHETIC_SECRET'),
    newToken,
  );
  return {
    consumerKey: CONSUMER_KEY,
    consumerSecret: secret,
    shortCode: SYNTHETIC_SHORT_CODE,
    passkey: secret,
  };
}

/** Makes it known to an environment. Idempotent. */
export async function seedSyntheticMerchant(database: Database, home: string): Promise<void> {
  const { consumerKey, consumerSecret, shortCode, passkey } = await syntheticMerchant(home);
  const watch = join(home, 'watch');
  const watchSecret = await keptSecret(join(watch, 'app-secret'), undefined, newToken);
  await replaceFile(join(watch, 'passkey'), `${passkey}\n`);
  await Promise.all([
    seedApp(database, { name: 'synthetic payments', consumerKey, consumerSecret }),
    seedApp(database, {
      name: 'synthetic payments of the watch',
      consumerKey: WATCH_CONSUMER_KEY,
      consumerSecret: watchSecret,
    }),
    seedOrganisation(database, { shortCode, name: 'Imara synthetic payments', kind: 'paybill', passkey }),
    // Without a bound, whatever a document says of accounts that are opened later: it is never emptied.
    insertAccounts(database, [
      {
        id: accounts.organisation(shortCode, 'utility'),
        kind: 'merchant',
        floorCents: 0n,
        ceilingCents: null,
      },
    ]),
  ]);
}
