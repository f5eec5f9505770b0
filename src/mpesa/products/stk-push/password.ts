import type { FastifyReply } from 'fastify';
import type { Clock } from '../../../platform/clock.ts';
import type { Deadline } from '../../../platform/deadline.ts';
import { ownRefusal, refusal } from '../../api/errors/forms.ts';
import { ownText } from '../../api/errors/own-error.ts';
import { sendRefusal } from '../../api/request.ts';
import { shortCode } from '../../fields/digits.ts';
import type { Read } from '../../fields/form/form.ts';
import { text } from '../../fields/text.ts';
import { timestamp } from '../../fields/times/timestamp.ts';
import type { OrganisationLookup, Organisations } from '../../parties/organisations.ts';
import { isPasskeyOf, passkeyIn } from '../../parties/passkey.ts';

/** The fields that an STK request is signed with: the first three of its page. */
export const signature = { BusinessShortCode: shortCode, Password: text(), Timestamp: timestamp };

type Signed = Read<typeof signature>;

export const passwordErrors = {
  wrongCredentials: ownText('stk', 'Wrong credentials', { fault: 'caller', kind: 'wrong_credentials' }, [
    'Password is not the base64 of BusinessShortCode, its passkey and the same Timestamp.',
    'Make it from the three values of this very request.',
  ]),
  unknownMerchant: ownText('stk', 'Merchant does not exist', { fault: 'caller', kind: 'unknown_merchant' }, [
    'No organisation has this BusinessShortCode.',
    '`npx imara merchant list`; of a till it is the store number.',
  ]),
} as const;

export type PasswordVerdict = 'ok' | 'wrong' | 'no_merchant' | 'unavailable';

/**
 * A request's Password is base64 of short code, passkey and timestamp. That it agrees with the fields is
 * checked before the merchant is looked for; how old the timestamp is, never: clients send UTC, local time,
 * anything.
 */
export function checkPassword(
  { organisations, clock }: { organisations: Organisations; clock: Clock },
  signed: Signed,
  deadline: Deadline,
): PasswordVerdict | Promise<PasswordVerdict> {
  const { BusinessShortCode } = signed;
  const passkey = passkeyIn(signed.Password, BusinessShortCode, signed.Timestamp);
  if (passkey === undefined) return 'wrong';
  const judge = (lookup: OrganisationLookup): PasswordVerdict => {
    if (!lookup.found) return lookup.reason === 'absent' ? 'no_merchant' : 'unavailable';
    return isPasskeyOf(lookup.organisation, passkey, clock.now()) ? 'ok' : 'wrong';
  };
  /** What is in memory may be older than the passkey. */
  const judgeAgain = (verdict: PasswordVerdict) => {
    const again = verdict === 'wrong' ? organisations.findAgain(BusinessShortCode, deadline) : undefined;
    return again?.then((lookup) => (lookup.found ? judge(lookup) : verdict)) ?? verdict;
  };
  const lookup = organisations.find(BusinessShortCode, deadline);
  return lookup instanceof Promise ? lookup.then(judge).then(judgeAgain) : judgeAgain(judge(lookup));
}

/** The answer to a verdict other than `ok`. */
export function answerUnsigned(
  reply: FastifyReply,
  verdict: Exclude<PasswordVerdict, 'ok'>,
  retryAfterSeconds: number,
): FastifyReply {
  switch (verdict) {
    case 'wrong':
      return sendRefusal(reply, ownRefusal(passwordErrors.wrongCredentials));
    case 'no_merchant':
      return sendRefusal(reply, ownRefusal(passwordErrors.unknownMerchant));
    case 'unavailable':
      return sendRefusal(reply, refusal('stk', 'internal'), retryAfterSeconds);
    default:
      return verdict satisfies never;
  }
}
