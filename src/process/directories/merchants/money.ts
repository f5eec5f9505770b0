import type { Refused } from '../../../control/directories/merchants.ts';
import type { Books } from '../../../ledger/books.ts';
import type { Rejection, Transfer, Verdict } from '../../../ledger/types.ts';
import { accountNamed, nameOf } from '../../../mpesa/parties/accounts/account-names.ts';
import type { AccountOpener } from '../../../mpesa/parties/accounts/account-opener.ts';
import { accounts, type OrganisationKind } from '../../../mpesa/parties/accounts/accounts.ts';
import { decimal } from '../../../mpesa/results/text.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { refuse } from './numbers.ts';

/** So much from one account to an organisation's. */
export interface Movement {
  /** The same id moves it once. */
  readonly id: string;
  /** The head office. */
  readonly shortCode: string;
  readonly kind: OrganisationKind;
  /** Shillings: `1250` or `1250.50`. */
  readonly amount: string;
  /** As people name accounts: `float`, `254700000001`, `600000/utility`. */
  readonly source: string;
  /** What it is for, in statements. */
  readonly code: 'opening' | 'funding';
}

export interface Moved {
  readonly account: string;
  readonly source: string;
  readonly amount: string;
  /** Available in the account just after. */
  readonly balance: string;
  readonly transfer: string;
}

/** All of them or none, in a transaction of the books. */
export type Money = (movements: readonly Movement[]) => Promise<{ moved: readonly Moved[] } | Refused>;

const POST_MS = 5_000;

export function createMoney({
  books,
  opener,
}: {
  books: Pick<Books, 'post'>;
  opener: Pick<AccountOpener, 'open'>;
}): Money {
  return async (movements) => {
    const transfers: (Transfer & { kind: 'single' })[] = [];
    for (const { id, shortCode, kind, amount, source, code } of movements) {
      const debit = accountNamed(source);
      if (debit === undefined)
        return refuse(
          'invalid',
          `${source} is no account: float, a subscriber's number, or a short code with a kind, such as 600000/utility`,
        );
      const credit = accounts.organisation(shortCode, kind);
      if (debit === credit) return refuse('no_effect', `${nameOf(credit)} cannot pay itself`);
      const amountCents = centsOf(amount);
      if (amountCents === 0n) return refuse('no_effect', 'an amount of 0 moves nothing');
      transfers.push({ kind: 'single', id, debit, credit, amountCents, code });
    }
    const deadline = Deadline.in(POST_MS);
    await opener.open({ organisations: movements }, deadline);
    const verdict = await books.post({ transfers }, deadline);
    return verdict.applied
      ? { moved: movedBy(transfers, verdict) }
      : refusalOf(verdict.reason, transfers[verdict.culprit]);
  };
}

function movedBy(
  transfers: readonly (Transfer & { kind: 'single' })[],
  { creditAfterCents }: Extract<Verdict, { applied: true }>,
): Moved[] {
  return transfers.map(({ id, debit, credit, amountCents }, index) => ({
    account: nameOf(credit),
    source: nameOf(debit),
    amount: decimal(amountCents),
    balance: decimal(creditAfterCents[index] ?? 0n),
    transfer: id,
  }));
}

function refusalOf(reason: Rejection, transfer: (Transfer & { kind: 'single' }) | undefined): Refused {
  const from = transfer === undefined ? 'the source' : nameOf(transfer.debit);
  const into = transfer === undefined ? 'the account' : nameOf(transfer.credit);
  switch (reason) {
    case 'insufficient_funds':
      return refuse(
        'no_money',
        `${from} has too little: \`balance ${from}\` says what it has. Nothing was moved`,
      );
    case 'over_ceiling':
      return refuse('no_money', `${into} would hold more than it may. Nothing was moved`);
    case 'account_not_found':
      return refuse('no_money', `${from} has never had money: there is none to take. Nothing was moved`);
    case 'id_reused':
      return refuse('taken', 'this id was used for another movement: take a new one. Nothing was moved');
    default:
      return refuse('no_money', `the books refuse it (${reason}). Nothing was moved`);
  }
}

function centsOf(shillings: string): bigint {
  const [whole = '0', rest = ''] = shillings.split('.');
  return BigInt(whole) * 100n + BigInt(rest.padEnd(2, '0'));
}
