import { keptKeys } from '../../auth/client/keys/seed.ts';
import { keySeedPath, readEnvironment, readTokenSecrets } from '../main/environment.ts';
import { syntheticMerchant } from '../synthetic/merchant.ts';
import type { Ours } from './authentication.ts';

/** What this process knows authentication servers by. `issuer`: whose keys it has kept. */
export async function ours(issuer: string): Promise<Ours> {
  const env = readEnvironment();
  const [credentials, lastKeys] = await Promise.all([
    syntheticMerchant(env.home),
    keptKeys(keySeedPath(env), issuer),
  ]);
  return { credentials, tokenSecrets: readTokenSecrets(env), lastKeys };
}
