import type { Refused } from '../../../control/directories/merchants.ts';
import type { Books } from '../../../ledger/books.ts';
import type { Rejection, Transfer, Verdict } from '../../../ledger/types.ts';
import { accountNamed, nameOf } from '../../../mpesa/parties/accounts/account-names.ts';
import type { AccountOpener } from '../../../mpesa/parties/accounts/account-opener.ts';
import { accounts, type OrganisationKind } from '../../../mpesa/parties/accounts/accounts.ts';
import { decimal } from '../../../mpesa/results/text.ts';
import type { DatabaseClient } from '../../../platform/database/database.ts';
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

export interface Money {
  /** All of them or none, in a transaction of the books. */
  move(movements: readonly Movement[]): Promise<{ moved: readonly Moved[] } | Refused>;
  /** Why they would not be moved as the books are now; `undefined`: as far as can be said they would. */
  refusal(client: DatabaseClient, movements: readonly Movement[]): Promise<Refused | undefined>;
}

const POST_MS = 5_000;

export function createMoney({
  books,
  opener,
}: {
  books: Pick<Books, 'post'>;
  opener: Pick<AccountOpener, 'open'>;
}): Money {
  return {
    async move(movements) {
      const transfers = transfersOf(movements);
      if ('refused' in transfers) return transfers;
      const deadline = Deadline.in(POST_MS);
      await opener.open({ organisations: movements }, deadline);
      const verdict = await books.post({ transfers }, deadline);
      return verdict.applied
        ? { moved: movedBy(transfers, verdict) }
        : refusalOf(verdict.reason, transfers[verdict.culprit]);
    },

    async refusal(client, movements) {
      const transfers = transfersOf(movements);
      if ('refused' in transfers) return transfers;
      for (const [debit, asked] of Map.groupBy(transfers, ({ debit }) => debit)) {
        // The operator's own has no floor, and is opened when it is first needed.
        if (debit === accounts.float) continue;
        const { rows } = await client.query<{ left: bigint | null }>(
          `select credits_posted - debits_posted - debits_pending - floor as left from ledger.account where id = $1`,
          [debit],
        );
        const [account] = rows;
        const neededCents = asked.reduce((sum, { amountCents }) => sum + amountCents, 0n);
        if (account === undefined) return refusalOf('account_not_found', asked[0]);
        if (account.left !== null && account.left < neededCents)
          return refusalOf('insufficient_funds', asked[0]);
      }
      return undefined;
    },
  };
}

type Single = Transfer & { kind: 'single' };

function transfersOf(movements: readonly Movement[]): Single[] | Refused {
  const transfers: Single[] = [];
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
  return transfers;
}

function movedBy(
  transfers: readonly Single[],
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

function refusalOf(reason: Rejection, transfer: Single | undefined): Refused {
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
