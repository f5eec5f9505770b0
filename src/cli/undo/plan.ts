import type { AnswerTo } from '../../control/client.ts';
import type { Left, Named } from '../../control/undo/candidates.ts';
import { isNamed, shortHash } from '../../control/undo/way-back.ts';

/** What control says of what an undo can be about; `to` where it was asked about a target, and allows it. */
export type Stands = AnswerTo<'GET /undo'>;

export interface Wish {
  /** The release to leave, as the operator named it; what was changed last when left out. */
  readonly from: string | undefined;
  /** Whether no question is to be asked. */
  readonly yes: boolean;
}

/** What is done about a wish. Only a `question` waits for a person, and control is never asked for leave. */
export type Plan =
  | { readonly kind: 'order'; readonly leaves: readonly Named[] }
  /** More than one release would be taken, or a further one than somebody took just now. */
  | {
      readonly kind: 'question';
      readonly says: string;
      readonly question: string;
      /** What goes back already: it is followed first. */
      readonly first: Left | undefined;
      readonly leaves: readonly Named[];
    }
  /** It is left already, or goes back. */
  | { readonly kind: 'left'; readonly left: Left }
  | { readonly kind: 'nothing'; readonly says: string };

/** R17: one wish leaves one release. Where it would be more, that is for a person to say. */
export function planOf(stands: Stands, { from, yes }: Wish): Plan {
  const { underWay, inForce, lately, to } = stands;
  if (from !== undefined) return planFrom(stands, from);
  const [last] = lately;
  if (to !== undefined) {
    const leaves = [underWay, inForce].flatMap((each) => each ?? []);
    const taken = [
      ...(underWay === null ? [] : [nameOf(underWay)]),
      ...to.takes.map((each) => `release ${each}`),
    ];
    if (yes || (taken.length <= 1 && last === undefined)) return { kind: 'order', leaves };
    const justNow = last === undefined ? '' : `${leftText(last)}\n`;
    const says = `${justNow}Going to release ${to.sequence} takes back ${listed(taken)}.`;
    return { kind: 'question', says, question: 'Take back all of them?', first: undefined, leaves };
  }
  // What is on its way is what was changed last; what is in force stays.
  if (underWay !== null) return { kind: 'order', leaves: [underWay] };
  if (last === undefined || yes) {
    if (inForce === null) return { kind: 'nothing', says: 'Nothing is in force but what is built in.' };
    return { kind: 'order', leaves: [inForce] };
  }
  if (inForce === null) return { kind: 'left', left: last };
  return {
    kind: 'question',
    says: leftText(last),
    question: `${sentence(nameOf(inForce))} is in force now. Take it back too?`,
    first: last,
    leaves: [inForce],
  };
}

function planFrom({ underWay, inForce, lately }: Stands, from: string): Plan {
  const named = [underWay, inForce].find((each) => each !== null && isMeant(each, from));
  if (named) return { kind: 'order', leaves: [named] };
  const left = lately.find((each) => isMeant(each, from));
  if (left !== undefined) return { kind: 'left', left };
  const now = inForce === null ? 'what is built in' : nameOf(inForce);
  const coming = underWay === null ? '' : `, and ${nameOf(underWay)} is on its way`;
  return {
    kind: 'nothing',
    says: `${from} is neither on its way nor in force: in force is ${now}${coming}.`,
  };
}

function isMeant({ rollout, release, hash }: Named, wanted: string): boolean {
  return rollout === wanted || isNamed({ sequence: release ?? Number.NaN, hash }, wanted);
}

/** As people call it. */
export function nameOf({ release, hash, rollout }: Named): string {
  return release === null ? rollout : `release ${release} (${shortHash(hash)})`;
}

function leftText(left: Left): string {
  const goes = left.phase === 'rolling_back' ? 'goes back now' : 'was taken back just now';
  return `${sentence(nameOf(left))} ${goes}: ${left.because}.`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
