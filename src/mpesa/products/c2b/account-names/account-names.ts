/*
 * Asks a merchant whose an account is, while a customer has the phone in the hand (C2B Hakikisha). One
 * deadline holds for all of it: reading where to ask, the token, the question. A host is asked few questions
 * at once; what does not fit is not asked, and nobody waits for it. What is kept is in memory alone: tokens,
 * until shortly before their end. An answer changes nothing here: who pays decides what to do with it.
 */
import { LRUCache } from 'lru-cache';
import { ask } from '../../../../delivery/ask.ts';
import { hostOf } from '../../../../delivery/attempt/target.ts';
import type { SendRules } from '../../../../delivery/settings.ts';
import type { AccountName } from '../../../../handset/menu.ts';
import type { Clock } from '../../../../platform/clock.ts';
import type { Database } from '../../../../platform/database/database.ts';
import { Deadline, within } from '../../../../platform/deadline.ts';
import { newId } from '../../../../platform/ids.ts';
import type { Seal } from '../../../../platform/sealing.ts';
import { findLookUp, type LookUp } from './rows.ts';
import { nameIn, nameRequest, type Question, tokenIn, tokenRequest, whyNot } from './wire.ts';

export interface AccountNameSettings {
  /** For all of it. */
  readonly timeoutMs: number;
  /** A merchant's URL is an address that somebody gave: what holds for callbacks holds for it. */
  readonly delivery: SendRules;
}

const MOST_AT_ONCE_PER_HOST = 8;
const MOST_TOKENS = 1_000;
/** Not used any more so long before its end: the question takes its time too. */
const TOKEN_MARGIN_MS = 30_000;

interface Asks {
  readonly lookUp: LookUp;
  readonly rules: SendRules;
  readonly deadline: Deadline;
}

interface KeptToken extends LookUp {
  readonly token: string;
  readonly untilMs: number;
}

/** Rejects with `DeadlineExceeded` or `StoreAway` when the database does not say whom to ask. */
export function accountNames({
  database,
  settings,
  seal,
  clock,
}: {
  database: Database;
  settings: () => AccountNameSettings;
  seal: () => Seal;
  clock: Clock;
}): (shortCode: string, accountNumber: string) => Promise<AccountName> {
  const tokens = new LRUCache<string, KeptToken>({ max: MOST_TOKENS });
  const asking = new Map<string, number>();

  return async (shortCode, accountNumber) => {
    const { timeoutMs, delivery } = settings();
    const deadline = Deadline.in(timeoutMs);
    const stored = await within(deadline, 'account names', () => findLookUp(database, shortCode, seal));
    if (stored === undefined) return { outcome: 'not_asked' };
    const { secret } = stored;
    if (secret === undefined)
      return notAnswered('its secret was sealed under another IMARA_CREDENTIAL_KEY: set it again');
    const host = hostOf(stored.url);
    const inFlight = asking.get(host) ?? 0;
    if (inFlight >= MOST_AT_ONCE_PER_HOST) return notAnswered(`${inFlight} questions wait for ${host}`);
    asking.set(host, inFlight + 1);
    try {
      const timestamp = String(Math.floor(clock.now() / 1_000));
      const question = { requestId: newId(), timestamp, accountNumber, shortcode: shortCode };
      return await nameOf(question, { lookUp: { ...stored, secret }, rules: delivery, deadline });
    } finally {
      const left = (asking.get(host) ?? 1) - 1;
      if (left > 0) asking.set(host, left);
      else asking.delete(host);
    }
  };

  /** A token may have been revoked: once, another one is taken. */
  async function nameOf(question: Question, asks: Asks, { isAgain = false } = {}): Promise<AccountName> {
    const { lookUp, rules, deadline } = asks;
    const token = await tokenOf(question.shortcode, asks);
    if (typeof token !== 'string') return token;
    const reply = await ask(nameRequest(lookUp, token, question), rules, deadline);
    if (reply.outcome.status !== 401 || isAgain) return nameIn(reply, question);
    tokens.delete(question.shortcode);
    return nameOf(question, asks, { isAgain: true });
  }

  async function tokenOf(
    shortCode: string,
    { lookUp, rules, deadline }: Asks,
  ): Promise<string | AccountName> {
    const kept = tokens.get(shortCode);
    if (kept !== undefined && clock.now() < kept.untilMs && isOf(kept, lookUp)) return kept.token;
    const reply = await ask(tokenRequest(lookUp), rules, deadline);
    const token = tokenIn(reply);
    if (token === undefined) {
      const { outcome } = reply;
      return notAnswered(
        `no token: ${outcome.kind === 'delivered' ? 'none is in its answer' : whyNot(outcome)}`,
      );
    }
    const untilMs = clock.now() + token.seconds * 1_000 - TOKEN_MARGIN_MS;
    tokens.set(shortCode, { ...lookUp, token: token.text, untilMs });
    return token.text;
  }
}

function notAnswered(reason: string): AccountName {
  return { outcome: 'not_answered', reason };
}

function isOf(kept: LookUp, { url, key, secret }: LookUp): boolean {
  return kept.url === url && kept.key === key && kept.secret === secret;
}
