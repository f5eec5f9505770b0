import type { BalanceSet } from '../../../handset/phones.ts';
import type { Books } from '../../../ledger/books.ts';
import type { Transfer } from '../../../ledger/types.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Deadline } from '../../../platform/deadline.ts';
import { newId } from '../../../platform/ids.ts';
import { eatDay } from '../../fields/times/east-africa-time.ts';
import { derivedId } from '../../identifiers/derived-id.ts';
import { type AccountSettings, accounts, shillingsToCents } from './accounts.ts';
import type { TermsOf, WalletTerms } from './wallet-terms.ts';

/**
 * The money that subscribers of the simulator have. It comes from the operator's float and goes back there,
 * by transfers like any other, so the books prove whatever is given here.
 */
export interface Wallets {
  /** What a customer is given before a payment: of an open account. Idempotent for a payment's id. */
  provide(payment: { id: string; msisdn: string; neededCents: bigint }, deadline: Deadline): Promise<void>;
  /** Brings what can be spent to `cents`; of an open account. It is not refilled on that day. */
  set(msisdn: string, cents: bigint, deadline: Deadline): Promise<BalanceSet>;
}

/** More than any account may hold: a posting of it is refused, and its id is spent. */
const NEVER_CENTS = 10n ** 15n;
/** A balance that moves while it is being set is read again so often. */
const SET_TRIES = 5;

export function createWallets({
  books,
  settings,
  termsOf,
  clock,
}: {
  books: Pick<Books, 'post' | 'balance'>;
  settings: () => AccountSettings;
  termsOf: TermsOf;
  clock: Clock;
}): Wallets {
  async function give(id: string, msisdn: string, amountCents: bigint, code: string, deadline: Deadline) {
    if (amountCents <= 0n) return;
    const transfer: Transfer = {
      kind: 'single',
      id,
      debit: accounts.float,
      credit: accounts.customer(msisdn),
      amountCents,
      code,
    };
    // The verdict is for ever, whichever it is: a refusal, or another amount that was credited under other
    // settings.
    await books.post({ transfers: [transfer] }, deadline);
  }

  async function spendable(msisdn: string, deadline: Deadline): Promise<bigint> {
    return (await books.balance(accounts.customer(msisdn), deadline))?.availableCents ?? 0n;
  }

  const capped = (cents: bigint) => least(cents, shillingsToCents(settings().maxBalanceShillings));
  const today = () => eatDay(clock.now());
  const refillId = (msisdn: string) => derivedId('refill', msisdn, today());

  async function refill(msisdn: string, deadline: Deadline): Promise<void> {
    const level = capped(shillingsToCents(settings().dailyRefillShillings));
    if (level === 0n) return;
    const lacks = level - (await spendable(msisdn, deadline));
    if (lacks > 0n) await give(refillId(msisdn), msisdn, lacks, 'refill', deadline);
    else await spendRefill(msisdn, deadline);
  }

  /** The refill of the day is decided for all processes by a posting that cannot be applied. */
  async function spendRefill(msisdn: string, deadline: Deadline): Promise<void> {
    await give(refillId(msisdn), msisdn, NEVER_CENTS, 'refill', deadline);
  }

  /** `enough`: what the payment lacks is given; `too_little`: whatever came in meanwhile is taken back. */
  async function keepPromise(
    holds: WalletTerms['holds'],
    { id, msisdn, neededCents }: { id: string; msisdn: string; neededCents: bigint },
    deadline: Deadline,
  ): Promise<void> {
    const has = await spendable(msisdn, deadline);
    if (holds === 'enough' && has < neededCents) {
      const usual = capped(shillingsToCents(settings().openingBalanceShillings));
      const wanted = neededCents < usual ? usual : capped(neededCents);
      await give(derivedId('top-up', id), msisdn, wanted - has, 'top-up', deadline);
    }
    if (holds === 'too_little' && has > 0n) await move(derivedId('take-back', id), msisdn, -has, deadline);
  }

  /** Gives, or takes what is below zero. */
  function move(id: string, msisdn: string, cents: bigint, deadline: Deadline) {
    const customer = accounts.customer(msisdn);
    const [debit, credit, amountCents] =
      cents > 0n ? [accounts.float, customer, cents] : [customer, accounts.float, -cents];
    const code = 'set-balance';
    return books.post({ transfers: [{ kind: 'single', id, debit, credit, amountCents, code }] }, deadline);
  }

  return {
    async provide(payment, deadline) {
      const { msisdn } = payment;
      const terms = termsOf(msisdn);
      if (terms?.unregistered) return;
      const opening = terms?.openingCents ?? shillingsToCents(settings().openingBalanceShillings);
      await give(derivedId('opening', msisdn), msisdn, capped(opening), 'opening', deadline);
      if (terms?.holds === undefined) await refill(msisdn, deadline);
      else await keepPromise(terms.holds, payment, deadline);
    },

    async set(msisdn, cents, deadline) {
      const terms = termsOf(msisdn);
      if (terms?.unregistered) return { ok: false, reason: 'no_account' };
      if (terms?.holds === 'too_little') return { ok: false, reason: 'promised' };
      const opening = terms?.openingCents ?? shillingsToCents(settings().openingBalanceShillings);
      await give(derivedId('opening', msisdn), msisdn, capped(opening), 'opening', deadline);
      // What a person set stays, for this day.
      await spendRefill(msisdn, deadline);
      for (let tries = 0; tries < SET_TRIES; tries += 1) {
        const change = cents - (await spendable(msisdn, deadline));
        if (change === 0n) return { ok: true };
        const verdict = await move(newId(), msisdn, change, deadline);
        if (!verdict.applied && verdict.reason === 'over_ceiling')
          return { ok: false, reason: 'over_maximum' };
        if (!verdict.applied && verdict.reason !== 'insufficient_funds') {
          return { ok: false, reason: 'no_account' };
        }
      }
      return { ok: false, reason: 'in_use' };
    },
  };
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
