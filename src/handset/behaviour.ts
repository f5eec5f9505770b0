import type { Static } from 'typebox';
import { builtIn, defaultsOf, milliseconds, oneOf, section } from '../platform/settings.ts';
import { type Behaviour, behaviours } from './behaviour-names.ts';
import type { AnswerOutcome, Prompt } from './types.ts';

export const handsetSettings = section(
  {
    defaultBehaviour: builtIn('pays', oneOf(behaviours, 'Of every number that is neither seeded nor set.')),
    answerAfterMs: builtIn(1_000, milliseconds('From the prompt to the answer of a phone that answers.', 0)),
    slowAnswerAfterMs: builtIn(15_000, milliseconds('The same for `pays-slowly`.', 0)),
    silentForMs: builtIn(
      14_000,
      milliseconds('How long a `silent` phone is given before the network says that nobody answered.', 0),
    ),
  },
  'Simulated phones.',
);

export type HandsetSettings = Static<typeof handsetSettings>;

export const defaultHandsetSettings = defaultsOf(handsetSettings);

export interface Plan {
  outcome: AnswerOutcome;
  dueAt: Date;
}

/** A USSD screen holds no more. */
export const MAX_PROMPT_CHARACTERS = 182;

/** What the phone will answer and when: never later than the prompt leaves the screen. */
export function plan(
  prompt: Prompt,
  phone: { behaviour: Behaviour; locked: boolean },
  settings: HandsetSettings,
  nowMs: number,
): Plan {
  if (prompt.text.length > MAX_PROMPT_CHARACTERS) return { outcome: 'push_failed', dueAt: new Date(nowMs) };
  const [outcome, afterMs] = answer(phone, settings);
  const dueMs = nowMs + afterMs;
  return dueMs < prompt.expiresAt.getTime()
    ? { outcome, dueAt: new Date(dueMs) }
    : { outcome: 'no_answer', dueAt: prompt.expiresAt };
}

function answer(
  { behaviour, locked }: { behaviour: Behaviour; locked: boolean },
  { answerAfterMs, slowAnswerAfterMs, silentForMs }: HandsetSettings,
): [AnswerOutcome, number] {
  switch (behaviour) {
    case 'pays':
      return [locked ? 'pin_locked' : 'accepted', answerAfterMs];
    case 'pays-slowly':
      return [locked ? 'pin_locked' : 'accepted', slowAnswerAfterMs];
    case 'wrong-pin':
      return [locked ? 'pin_locked' : 'wrong_pin', answerAfterMs];
    case 'pin-locked':
      return ['pin_locked', answerAfterMs];
    case 'cancels':
      return ['cancelled', answerAfterMs];
    case 'waits':
      return ['no_answer', Number.POSITIVE_INFINITY];
    case 'silent':
      return ['no_answer', silentForMs];
    case 'unreachable':
      return ['unreachable', answerAfterMs];
    case 'push-fails':
      return ['push_failed', answerAfterMs];
    case 'expires':
      return ['expired', answerAfterMs];
    default:
      return behaviour satisfies never;
  }
}
