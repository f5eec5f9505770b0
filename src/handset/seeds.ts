import type { Behaviour } from './behaviour-names.ts';

/**
 * The numbers whose behaviour is promised: docs/reference/phones.md shows this table, and a test holds the
 * two together. Where a result comes from the books (no money, day limit, no account) the phone just pays,
 * and `wallet` makes the books refuse: the mechanism is the one of every other number.
 */
export interface SeededPhone {
  msisdn: string;
  name: string;
  behaviour: Behaviour;
  /** Where it differs from every subscriber's. */
  wallet?: SeededWallet;
  /** What it is there for, and the result of an STK push to it. */
  does: string;
  result: string;
}

export interface SeededWallet {
  openingCents?: bigint;
  dailyLimitCents?: bigint;
  /**
   * Before each payment: what it lacks is given, or whatever there is is taken, so that the result is the
   * promised one for ever.
   */
  holds?: 'enough' | 'too_little';
  /** Never opened an M-Pesa account. */
  unregistered?: true;
}

/** Pays for ever, by however much: no balance and no limit of a day comes in between. */
const alwaysEnough: SeededWallet = { holds: 'enough', dailyLimitCents: 10n ** 15n };

export const seededPhones: readonly SeededPhone[] = [
  {
    msisdn: '254700000001',
    name: 'Amina Wanjiru',
    behaviour: 'pays',
    wallet: alwaysEnough,
    does: 'pays after 1 s',
    result: '0',
  },
  {
    msisdn: '254700000002',
    name: 'Brian Otieno',
    behaviour: 'pays',
    wallet: { openingCents: 0n, holds: 'too_little' },
    does: 'enters the PIN, has no money',
    result: '1',
  },
  {
    msisdn: '254700000003',
    name: 'Chebet Koech',
    behaviour: 'wrong-pin',
    does: 'enters a wrong PIN',
    result: '2001',
  },
  {
    msisdn: '254700000004',
    name: 'David Mutua',
    behaviour: 'cancels',
    does: 'cancels after 1 s',
    result: '1032',
  },
  {
    msisdn: '254700000005',
    name: 'Esther Njeri',
    behaviour: 'waits',
    wallet: alwaysEnough,
    does: 'asks and waits for a person',
    result: 'as answered; 1037 when nobody does',
  },
  {
    msisdn: '254700000006',
    name: 'Farah Abdi',
    behaviour: 'pays-slowly',
    wallet: alwaysEnough,
    does: 'pays after 15 s',
    result: '0',
  },
  {
    msisdn: '254700000007',
    name: 'Grace Akinyi',
    behaviour: 'unreachable',
    does: 'is switched off',
    result: '1037',
  },
  {
    msisdn: '254700000008',
    name: 'Hassan Ali',
    behaviour: 'push-fails',
    does: 'cannot be sent a prompt',
    result: '1025',
  },
  {
    msisdn: '254700000009',
    name: 'Irene Moraa',
    behaviour: 'expires',
    does: 'gets the prompt too late',
    result: '1019',
  },
  {
    msisdn: '254700000010',
    name: 'James Kiprop',
    behaviour: 'pays',
    wallet: { dailyLimitCents: 0n },
    does: "enters the PIN, has used up the day's limit",
    result: '4',
  },
  {
    msisdn: '254700000011',
    name: 'Khadija Omar',
    behaviour: 'pays',
    wallet: { unregistered: true },
    does: 'has no M-Pesa account',
    result: '11',
  },
  {
    msisdn: '254700000012',
    name: 'Lucy Wambui',
    behaviour: 'pin-locked',
    does: 'has a locked PIN',
    result: '8006',
  },
  {
    msisdn: '254708374149',
    name: 'John Doe',
    behaviour: 'silent',
    does: "never answers, as the vendor's test number",
    result: '1037',
  },
];

const byMsisdn = new Map(seededPhones.map((phone) => [phone.msisdn, phone]));

/**
 * The numbers that Imara pays itself from, to try a release and to see that it serves. Their phones pay, at
 * once, from money of their own, whatever a document says of everybody else's: a release is tried, not the
 * people it will meet.
 */
export const syntheticNumbers = { first: 254_790_000_000, count: 1_000_000 } as const;
/** The most that their phones take to answer. */
const SYNTHETIC_ANSWER_MS = 250;
const SYNTHETIC_OPENING_CENTS = 5_000_000n;

export function isSynthetic(msisdn: string): boolean {
  const index = Number(msisdn) - syntheticNumbers.first;
  return index >= 0 && index < syntheticNumbers.count;
}

/** How long a phone that answers takes. */
export function answerMs(msisdn: string, usualMs: number): number {
  return isSynthetic(msisdn) ? Math.min(usualMs, SYNTHETIC_ANSWER_MS) : usualMs;
}

export function seededPhone(msisdn: string): SeededPhone | undefined {
  return byMsisdn.get(msisdn) ?? (isSynthetic(msisdn) ? syntheticPhone(msisdn) : undefined);
}

function syntheticPhone(msisdn: string): SeededPhone {
  return {
    msisdn,
    name: 'Synthetic Payer',
    behaviour: 'pays',
    wallet: { openingCents: SYNTHETIC_OPENING_CENTS },
    does: 'pays for synthetic payments',
    result: '0',
  };
}

/** What the simulator promises of a number's account; the composition root gives it to the books. */
export function seededWallet(msisdn: string): SeededWallet | undefined {
  return seededPhone(msisdn)?.wallet;
}
