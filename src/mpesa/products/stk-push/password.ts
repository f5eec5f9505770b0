import type { FastifyReply } from 'fastify';
import type { Deadline } from '../../../platform/deadline.ts';
import { blamed, fault, refusal } from '../../api/errors/errors.ts';
import { sendRefusal } from '../../api/request.ts';
import { digits, type InvalidField, type JsonObject, text, timestamp } from '../../fields/fields.ts';
import {
  isPasskeyOf,
  type OrganisationLookup,
  type Organisations,
  passkeyIn,
} from '../../parties/organisations.ts';

/** The fields that an STK request is signed with: the first three of its page. */
export interface Signed {
  shortCode: string;
  password: string;
  timestamp: string;
}

export function readSigned(body: JsonObject): Signed | InvalidField {
  const shortCode = digits(body.BusinessShortCode, 5, 7);
  if (shortCode === undefined) return { invalid: 'BusinessShortCode' };
  const password = text(body.Password);
  if (password === undefined) return { invalid: 'Password' };
  const stamp = timestamp(body.Timestamp);
  if (stamp === undefined) return { invalid: 'Timestamp' };
  return { shortCode, password, timestamp: stamp };
}

export type PasswordVerdict = 'ok' | 'wrong' | 'no_merchant' | 'unavailable';

/**
 * A request's Password is base64 of short code, passkey and timestamp. That it agrees with the fields is checked
 * before the merchant is looked for; how old the timestamp is, never: clients send UTC, local time, anything.
 */
export function checkPassword(
  organisations: Organisations,
  signed: Signed,
  deadline: Deadline,
): PasswordVerdict | Promise<PasswordVerdict> {
  const passkey = passkeyIn(signed.password, signed.shortCode, signed.timestamp);
  if (passkey === undefined) return 'wrong';
  const judge = (lookup: OrganisationLookup): PasswordVerdict => {
    if (!lookup.found) return lookup.reason === 'absent' ? 'no_merchant' : 'unavailable';
    return isPasskeyOf(lookup.organisation, passkey) ? 'ok' : 'wrong';
  };
  const lookup = organisations.find(signed.shortCode, deadline);
  return lookup instanceof Promise ? lookup.then(judge) : judge(lookup);
}

/** How a verdict other than `ok` is told. */
export function answerUnsigned(
  reply: FastifyReply,
  verdict: Exclude<PasswordVerdict, 'ok'>,
  retryAfterSeconds: number,
): FastifyReply {
  switch (verdict) {
    case 'wrong':
      return sendRefusal(reply, fault('stk', 'Wrong credentials', blamed.wrongCredentials));
    case 'no_merchant':
      return sendRefusal(reply, fault('stk', 'Merchant does not exist', blamed.unknownMerchant));
    case 'unavailable':
      return sendRefusal(reply, refusal('stk', 'internal'), retryAfterSeconds);
    default:
      return verdict satisfies never;
  }
}
