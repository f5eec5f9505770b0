import { ask } from '../../../delivery/ask.ts';
import type { SendRules } from '../../../delivery/settings.ts';
import type { Deadline } from '../../../platform/deadline.ts';
import { notification } from '../../products/c2b/notification.ts';
import type { Result } from '../../results/codes.ts';
import { validationRejections } from '../results.ts';
import type { NumberedPayment, Registration } from '../types.ts';

/**
 * What a merchant said of a payment.
 *   accepted    ResultCode is 0, as number or text
 *   rejected    any other number or text
 *   unanswered  nothing was said that can be read: no answer by the deadline, a status other than 2xx, no JSON, no
 *               ResultCode. ResponseType decides. (Of the last three no source tells: a default taken.)
 */
export type Opinion =
  | { readonly is: 'accepted'; readonly thirdPartyTransId: string }
  | { readonly is: 'rejected'; readonly result: Result }
  | { readonly is: 'unanswered'; readonly why: string };

const MAX_THIRD_PARTY_ID = 100;

/** Asks the merchant once. `answered`: its host said something in time, whatever it was. */
export async function validationOf(
  payment: NumberedPayment,
  registration: Registration,
  rules: SendRules,
  deadline: Deadline,
): Promise<{ opinion: Opinion; answered: boolean }> {
  const question = {
    url: registration.validationUrl,
    headers: {},
    body: notification(payment, registration),
  };
  const { outcome, text } = await ask(question, rules, deadline);
  const answered = outcome.status !== null;
  if (outcome.kind === 'delivered') return { opinion: opinionIn(text), answered };
  return { opinion: { is: 'unanswered', why: outcome.reason ?? outcome.kind }, answered };
}

/** Read strictly: what is not said is not guessed. */
export function opinionIn(text: string): Opinion {
  const { ResultCode, ThirdPartyTransID } = Object(parsed(text));
  if (typeof ResultCode !== 'string' && typeof ResultCode !== 'number')
    return { is: 'unanswered', why: 'the answer has no ResultCode' };
  if (ResultCode === 0 || ResultCode === '0')
    return { is: 'accepted', thirdPartyTransId: thirdPartyIdIn(ThirdPartyTransID) };
  return { is: 'rejected', result: byCode.get(String(ResultCode)) ?? validationRejections.otherError };
}

const byCode = new Map<string, Result>(
  Object.values(validationRejections).map((result) => [result.code as string, result]),
);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Text or number, which the confirmation shows again; one that is too long, or none, is blank. */
function thirdPartyIdIn(value: unknown): string {
  const read = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  return read.length <= MAX_THIRD_PARTY_ID && !read.includes('\0') ? read : '';
}
