import { createApp } from '../../../auth/server/apps.ts';
import type { NewAppView } from '../../../control/contract/resources/directories/merchants/one.ts';
import type { Refused } from '../../../control/directories/merchants.ts';
import type { DatabaseClient } from '../../../platform/database/database.ts';
import { merchantOf } from './numbers.ts';

export async function addApp(
  client: DatabaseClient,
  number: string,
  name: string,
): Promise<NewAppView | Refused> {
  const merchant = await merchantOf(client, number, { lock: true });
  if ('refused' in merchant) return merchant;
  const { appId: id, ...credentials } = await createApp(client, { name });
  await linkApp(client, merchant.shortCode, id);
  return { id, name, ...credentials };
}

/** `headOffice`: whose app it is. */
export async function linkApp(client: DatabaseClient, headOffice: string, appId: string): Promise<void> {
  await client.query('insert into mpesa.organisation_app (head_office, app_id) values ($1, $2)', [
    headOffice,
    appId,
  ]);
}
