import type { RolloutAt, RolloutPhase } from './state.ts';

/** What a phase is about. Total: a new phase says it, too. */
const courses: Record<RolloutAt, 'forward' | 'in force' | 'going back' | 'back'> = {
  draft: 'forward',
  testing: 'forward',
  awaiting_approval: 'forward',
  waiting: 'forward',
  wave: 'forward',
  bake: 'forward',
  rest: 'forward',
  proved: 'in force',
  rolling_back: 'going back',
  rolled_back: 'back',
  aborted: 'back',
};

/** Nothing more is to happen with it: it is in force, or nobody is to have it. */
export function isFinished(at: RolloutAt): boolean {
  return courses[at] === 'in force' || courses[at] === 'back';
}

/** Nobody is to have it, or soon nobody. */
export function isBackward(at: RolloutAt): boolean {
  return courses[at] === 'going back' || courses[at] === 'back';
}

/** The same of a phase, which then says why. */
export function wentBack(phase: RolloutPhase): phase is Extract<RolloutPhase, { reason: string }> {
  return isBackward(phase.at);
}

/** As lists for a statement: `'proved', 'rolled_back', 'aborted'`. */
export const finishedPhases = listed(isFinished);
export const backwardPhases = listed(isBackward);

function listed(isMeant: (at: RolloutAt) => boolean): string {
  const all = Object.keys(courses) as RolloutAt[];
  return all
    .filter(isMeant)
    .map((at) => `'${at}'`)
    .join(', ');
}
