import type { Reply } from '../../../../delivery/ask.ts';
import type { Message } from '../../../../delivery/attempt/send.ts';
import type { AccountName } from '../../../../handset/menu.ts';
import type { LookUp } from './rows.ts';

// C2B Hakikisha as a merchant sees it. Its paths and fields are known from SDKs alone: defaults taken, all of
// them.

/** What a merchant is asked. */
export interface Question {
  readonly requestId: string;
  /** Seconds of the epoch, as text. */
  readonly timestamp: string;
  readonly accountNumber: string;
  readonly shortcode: string;
}

export function tokenRequest({ url, key, secret }: LookUp): Message {
  const basic = Buffer.from(`${key}:${secret}`).toString('base64');
  return {
    url: `${url}/auth/v1/generate?grant_type=client_credentials`,
    headers: { Authorization: `Basic ${basic}`, Accept: 'application/json' },
    body: null,
  };
}

export function nameRequest({ url }: LookUp, token: string, question: Question): Message {
  return {
    url: `${url}/c2b_hakikisha/v1/notify`,
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/json' },
    body: JSON.stringify(question),
  };
}

export interface Token {
  readonly text: string;
  /** 0 where it was not said. */
  readonly seconds: number;
}

/** `undefined`: there is none in the answer. */
export function tokenIn({ outcome, text }: Reply): Token | undefined {
  if (outcome.kind !== 'delivered') return undefined;
  const { access_token: token, expires_in: seconds } = fieldsIn(text);
  if (typeof token !== 'string' || !/^[!-~]+$/.test(token)) return undefined;
  return { text: token, seconds: /^\d{1,9}$/.test(String(seconds)) ? Number(seconds) : 0 };
}

/** Read strictly: a name that is not said for this account is not shown for it. */
export function nameIn({ outcome, text }: Reply, { accountNumber }: Question): AccountName {
  const fields = fieldsIn(text);
  if (outcome.status === 400 || outcome.status === 422)
    return { outcome: 'unknown', reason: shown(fields.errorMessage) };
  if (outcome.kind !== 'delivered') return { outcome: 'not_answered', reason: whyNot(outcome) };
  if (fields.accountNumber !== undefined && String(fields.accountNumber) !== accountNumber)
    return { outcome: 'not_answered', reason: 'the answer is about another account' };
  const name = shown(fields.accountName);
  return name === null
    ? { outcome: 'not_answered', reason: 'the answer has no accountName' }
    : { outcome: 'found', name };
}

/** A redirect's address is the merchant's text too. */
export function whyNot({ reason, kind }: Reply['outcome']): string {
  return shown(reason) ?? kind;
}

const MOST_SHOWN = 80;

/** A merchant's words on one line: without what turns them into something else, and not endless. */
function shown(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const plain = value
    .toWellFormed()
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  return plain === '' ? null : [...plain].slice(0, MOST_SHOWN).join('');
}

function fieldsIn(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
