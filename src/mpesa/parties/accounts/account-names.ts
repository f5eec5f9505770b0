import type { AccountId } from '../../../ledger/types.ts';
import { accounts, type OrganisationKind, organisationKinds } from './accounts.ts';

const ORGANISATION = 1_000_000_000_000n;
const CUSTOMERS = { from: 254_000_000_000n, to: 254_999_999_999n };

/** `undefined`: no number that the scheme of `accounts` gives. */
function partsOf(
  id: AccountId,
): { kind: OrganisationKind; shortCode: string } | 'float' | 'fees' | { msisdn: string } | undefined {
  if (id === accounts.float) return 'float';
  if (id === accounts.fees) return 'fees';
  if (id >= CUSTOMERS.from && id <= CUSTOMERS.to) return { msisdn: String(id) };
  const kind = organisationKinds[Number(id / ORGANISATION) - 1];
  return kind === undefined ? undefined : { kind, shortCode: String(id % ORGANISATION) };
}

export function isNamed(id: AccountId): boolean {
  return partsOf(id) !== undefined;
}

/** Whose account it is, as people write it and `accountNamed` reads it: `254700000001`, `174379/utility`. */
export function nameOf(id: AccountId): string {
  const parts = partsOf(id);
  if (parts === undefined) return String(id);
  if (typeof parts === 'string') return parts;
  return 'msisdn' in parts ? parts.msisdn : `${parts.shortCode}/${parts.kind}`;
}

/** `undefined`: it names no account. A short code alone is its utility account. */
export function accountNamed(name: string): AccountId | undefined {
  if (name === 'float') return accounts.float;
  if (name === 'fees') return accounts.fees;
  if (/^254[17]\d{8}$/.test(name)) return accounts.customer(name);
  const [, shortCode, kind = 'utility'] = /^([1-9]\d{4,6})(?:\/([a-z]+))?$/.exec(name) ?? [];
  const known = organisationKinds.find((one) => one === kind);
  return shortCode === undefined || known === undefined ? undefined : accounts.organisation(shortCode, known);
}
