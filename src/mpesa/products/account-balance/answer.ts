import type { Balance } from '../../../ledger/types.ts';
import { accounts, type OrganisationKind } from '../../parties/accounts/accounts.ts';
import { isIdentifiedBy } from '../../parties/party.ts';
import type { Answer, Context } from '../../requests/settlement/product.ts';
import type { EndedRequest } from '../../requests/types.ts';
import { initiatorResults, noOperator } from '../../results/codes.ts';
import { completedTime } from '../../results/envelope.ts';
import { decimal } from '../../results/text.ts';

/** The accounts that are shown, in the vendor's order, by its names. */
const shown: readonly [OrganisationKind, name: string][] = [
  ['working', 'Working Account'],
  ['float', 'Float Account'],
  ['utility', 'Utility Account'],
  ['charges', 'Charges Paid Account'],
  ['settlement', 'Organization Settlement Account'],
];
const ofTill: readonly [OrganisationKind, name: string] = ['merchant', 'Merchant Account'];

/** What the books hold for PartyA: of a till, what they hold for its head office. */
export async function accountBalance(
  { shortCode, details }: EndedRequest,
  { party: find, books, at, deadline }: Context,
): Promise<Answer> {
  const party = await find(shortCode);
  if (party === undefined || !isIdentifiedBy(details.IdentifierType, party)) return { result: noOperator };
  const wanted = (party.kind === 'till' ? [...shown, ofTill] : shown).map(([kind, name]) => {
    return { name, id: accounts.organisation(party.headOffice, kind) };
  });
  const held = await books.balances(
    wanted.map(({ id }) => id),
    deadline,
  );
  const value = wanted.map(({ name, id }) => accountText(name, held.get(id))).join('&');
  return {
    result: initiatorResults.done,
    parameters: [{ Key: 'AccountBalance', Value: value }, completedTime(at)],
  };
}

/** `name|KES|current|available|reserved|uncleared`; an account that money never moved on holds nothing. */
function accountText(name: string, balance: Balance | undefined): string {
  const { postedCents = 0n, availableCents = 0n, reservedCents = 0n, incomingCents = 0n } = balance ?? {};
  return [name, 'KES', ...[postedCents, availableCents, reservedCents, incomingCents].map(decimal)].join('|');
}
