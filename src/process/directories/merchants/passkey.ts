import { randomBytes } from 'node:crypto';
import type { PasskeyView } from '../../../control/contract/resources/directories/merchants/one.ts';
import type { Refused } from '../../../control/directories/merchants.ts';
import { passkeySha256 } from '../../../mpesa/parties/passkey.ts';
import type { DatabaseClient } from '../../../platform/database/database.ts';
import { merchantOf, refusalOfSeeded } from './numbers.ts';

export const newPasskey = (): string => randomBytes(32).toString('hex');

/** The head office signs, whichever number is named. */
export async function rotatePasskey(
  client: DatabaseClient,
  number: string,
  { graceMs, now }: { graceMs: number; now: number },
): Promise<PasskeyView | Refused> {
  const merchant = await merchantOf(client, number, { lock: true });
  if ('refused' in merchant) return merchant;
  const { shortCode } = merchant;
  const seeded = refusalOfSeeded(shortCode, 'the passkey');
  if (seeded !== undefined) return seeded;
  const passkey = newPasskey();
  const until = graceMs === 0 ? null : new Date(now + graceMs);
  const { rows } = await client.query<{ until: Date | null }>(
    `update mpesa.organisation set passkey_sha256 = $2,
       former_passkey_sha256 = case when $3::timestamptz is not null then passkey_sha256 end,
       former_passkey_until = case when passkey_sha256 is not null then $3::timestamptz end
     where short_code = $1 returning former_passkey_until as until`,
    [shortCode, passkeySha256(passkey), until],
  );
  return { shortCode, passkey, formerUntil: rows[0]?.until?.toISOString() ?? null };
}
