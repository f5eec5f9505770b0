import { hash } from 'node:crypto';
import { fullName, isRegistered, type Names, namesOf } from '../../handset/holder.ts';
import { eatDay } from '../fields/times/east-africa-time.ts';

/** The vendor's codes of documents. */
export const documentTypes = { '01': 'national id', '02': 'military id', '05': 'passport' } as const;
export type DocumentType = keyof typeof documentTypes;

/** Who a number belongs to, as the operator has it in its books of customers. */
export interface Subscriber {
  msisdn: string;
  names: Names;
  /** All names, one blank between. */
  name: string;
  /** Has an M-Pesa account. */
  registered: boolean;
  /** The day on which the number came into service, `YYYY-MM-DD`. */
  registrationDay: string;
  /** 15 digits: Kenya (639), the operator (02), and the card of the day of asking: a swap changes it. */
  imsi: (nowMs: number) => string;
  /** When the SIM was last swapped, to the minute; `undefined`: never since the registration. */
  lastSimSwapMs: (nowMs: number) => number | undefined;
  document: { type: DocumentType; number: string };
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** M-Pesa began in March 2007; numbers that begin with 2541 came in 2021. */
const FIRST_DAY_MS = Date.UTC(2007, 2, 6);
const FIRST_DAY_OF_2541_MS = Date.UTC(2021, 0, 4);
const LAST_DAY_MS = Date.UTC(2026, 0, 1);
/** How far apart the swaps of one number are. */
const SWAP_DAYS = { least: 200, most: 2_000 };
/**
 * To see what a fresh swap does, a client needs a number that always has one: its SIM was swapped two
 * days ago.
 */
export const freshlySwapped = '254700000006';
const FRESH_DAYS = 2;

/**
 * Who the subscriber of a number is. All of it follows from the number, and from the seeded numbers' promises
 * (docs/reference/phones.md), so that every process says the same, for ever. What somebody named a simulated
 * phone stays that phone's.
 */
export function subscriberOf(msisdn: string): Subscriber {
  const names = namesOf(msisdn);
  const facts = hash('sha256', `subscriber\n${msisdn}`, 'buffer');
  const registeredMs = registrationMs(msisdn, facts.readUInt32BE(0));
  const lastSimSwapMs = (nowMs: number) =>
    msisdn === freshlySwapped ? freshSwapMs(nowMs) : swapBefore(nowMs, registeredMs, facts.readUInt32BE(4));
  return {
    msisdn,
    names,
    name: fullName(names),
    registered: isRegistered(msisdn),
    registrationDay: eatDay(registeredMs),
    imsi: (nowMs) => imsiOf(msisdn, lastSimSwapMs(nowMs) ?? registeredMs),
    lastSimSwapMs,
    document: documentOf(facts.readUInt32BE(8)),
  };
}

function registrationMs(msisdn: string, fact: number): number {
  const first = msisdn.startsWith('2541') ? FIRST_DAY_OF_2541_MS : FIRST_DAY_MS;
  return first + (fact % ((LAST_DAY_MS - first) / DAY_MS)) * DAY_MS;
}

/** The last of the swaps that come every so many days after the registration, at an hour of its own. */
function swapBefore(nowMs: number, registeredMs: number, fact: number): number | undefined {
  const everyMs = (SWAP_DAYS.least + (fact % (SWAP_DAYS.most - SWAP_DAYS.least))) * DAY_MS;
  const firstMs = registeredMs + everyMs + (fact % (DAY_MS / MINUTE_MS)) * MINUTE_MS;
  return nowMs < firstMs ? undefined : firstMs + Math.floor((nowMs - firstMs) / everyMs) * everyMs;
}

function freshSwapMs(nowMs: number): number {
  return (Math.floor(nowMs / DAY_MS) - FRESH_DAYS) * DAY_MS;
}

function imsiOf(msisdn: string, sinceMs: number): string {
  const card = hash('sha256', `imsi\n${msisdn}\n${sinceMs}`, 'buffer').readBigUInt64BE(0);
  return `63902${String(card % 10_000_000_000n).padStart(10, '0')}`;
}

/** Most have a national id, one in thirty a passport, one in a hundred a military id. */
function documentOf(fact: number): Subscriber['document'] {
  const number = String(10_000_000 + (fact % 30_000_000));
  const share = Math.floor(fact / 30_000_000) % 100;
  if (share < 1) return { type: '02', number: number.slice(0, 6) };
  if (share < 4) return { type: '05', number: `A${number.slice(0, 7)}` };
  return { type: '01', number };
}
