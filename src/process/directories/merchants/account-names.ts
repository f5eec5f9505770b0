import type { Refused } from '../../../control/directories/merchants.ts';
import { type CallbackUrlRules, callbackUrl, forbiddenWordIn } from '../../../mpesa/fields/callback-url.ts';
import {
  deleteLookUp,
  findLookUp,
  type LookUp,
  sealOfLookUps,
  writeLookUp,
} from '../../../mpesa/products/c2b/account-names/rows.ts';
import type { DatabaseClient } from '../../../platform/database/database.ts';
import { WrongConfiguration } from '../../../platform/environment/read.ts';
import { type MerchantRows, refuse } from './numbers.ts';

export interface AccountNameOptions {
  /** PEM; throws a `WrongConfiguration` where control has none. */
  readonly privateKey: () => string;
  /** Which URLs a merchant may give. */
  readonly callbackUrls: () => CallbackUrlRules;
}

/** Where the merchant is asked whose an account is; `null`: nowhere any longer. */
export async function setAccountNames(
  client: DatabaseClient,
  { shortCode, kind, products }: Pick<MerchantRows, 'shortCode' | 'kind' | 'products'>,
  wanted: LookUp | null,
  { privateKey, callbackUrls }: AccountNameOptions,
): Promise<Refused | undefined> {
  const none = (why: string) => refuse('no_effect', `${why}; nothing was changed`);
  if (wanted === null) {
    const wasAsked = await deleteLookUp(client, shortCode);
    return wasAsked ? undefined : none(`${shortCode} is not asked whose an account is`);
  }
  if (kind === 'till') return none(`${shortCode} is a till, which has no accounts`);
  if (!products.includes('c2b'))
    return none(`${shortCode} has no product c2b, so nobody would ask: give it c2b first`);
  const url = baseUrl(wanted.url, callbackUrls());
  if (typeof url !== 'string') return url;
  const keyless = missingKey(privateKey);
  if (keyless !== undefined) return keyless;
  const seal = () => sealOfLookUps(privateKey());
  const known = await findLookUp(client, shortCode, seal);
  if (known?.url === url && known.key === wanted.key && known.secret === wanted.secret)
    return none(`${shortCode} is asked at ${url} with this key and secret already`);
  await writeLookUp(client, shortCode, { ...wanted, url }, seal);
  return undefined;
}

/** What the paths are put behind. */
function baseUrl(given: string, rules: CallbackUrlRules): string | Refused {
  const word = forbiddenWordIn(given, rules);
  if (word !== undefined)
    return refuse('invalid', `${given} has the word ${word.toUpperCase()}, which no URL of C2B may have`);
  if (/[?#]/.test(given))
    return refuse(
      'invalid',
      `${given} has a query: give what stands before the paths, as https://shop.example.com/names`,
    );
  const url = callbackUrl.read(given.replace(/\/+$/, ''), rules);
  return (
    url ??
    refuse(
      'invalid',
      `${given} is no URL that may be asked: the rules are those of a ValidationURL, mpesa.c2b.callbackUrl`,
    )
  );
}

function missingKey(privateKey: () => string): Refused | undefined {
  try {
    privateKey();
    return undefined;
  } catch (error) {
    if (!(error instanceof WrongConfiguration)) throw error;
    return refuse('no_effect', `the secret cannot be sealed: ${error.message}`);
  }
}
