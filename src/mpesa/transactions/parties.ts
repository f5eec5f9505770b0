import { fullName, namesOf } from '../../handset/holder.ts';
import { accounts, type OrganisationKind } from '../parties/accounts/accounts.ts';
import type { Party } from '../parties/party.ts';
import type { TransactionParty } from './types.ts';

export function subscriberParty(msisdn: string): TransactionParty {
  return { party: msisdn, name: fullName(namesOf(msisdn)), account: accounts.customer(msisdn) };
}

/** Its money is its head office's. */
export function organisationParty(
  { shortCode, name, headOffice }: Party,
  kind: OrganisationKind,
): TransactionParty {
  return { party: shortCode, name, account: accounts.organisation(headOffice, kind) };
}

/** As results show a party: `254708374149 - John Doe`. */
export function publicName({ party, name }: TransactionParty): string {
  return name === null ? party : `${party} - ${name}`;
}
