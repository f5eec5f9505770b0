import { choicesText } from '../../../config/check/nearest.ts';
import type { Refused } from '../../../control/directories/merchants.ts';
import { organisationProducts } from '../../../mpesa/parties/organisations.ts';
import { refuse } from './numbers.ts';

/** A name that no merchant may have, with the nearest one that it may. */
export function refusalOfProducts(names: readonly string[]): Refused | undefined {
  const wrong = names.find((name) => !organisationProducts.some((known) => known === name));
  if (wrong === undefined) return undefined;
  return refuse(
    'invalid',
    `a merchant has no product ${wrong}: ${choicesText('products', organisationProducts, wrong)}`,
  );
}
