import type { Deadline } from '../platform/deadline.ts';
import { type Message, send } from './attempt/send.ts';
import type { SendRules } from './settings.ts';
import type { Outcome } from './types.ts';

/** How asking ended, and what was said by then: text of any form, its first 4 KiB. */
export interface Reply {
  readonly outcome: Outcome;
  readonly text: string;
}

/**
 * Asks a receiver something that somebody waits for: one attempt, under the rules of callbacks. The answer is
 * the receiver's own text; only a reader that says no to what it does not know may use it. Without a body
 * it is a GET.
 */
export async function ask(question: Message, rules: SendRules, deadline: Deadline): Promise<Reply> {
  let outcome: Outcome | undefined;
  const answer = await send(question, rules, deadline, (known) => {
    outcome = known;
  });
  if (outcome === undefined) throw new Error(`asking ${question.url} ended without an outcome`);
  return { outcome, text: answer.toString('utf8') };
}
