import type { InstanceMessage } from '../instance/state.ts';
import { withProgress } from './rollback.ts';
import type { Progress, RolloutState } from './state.ts';

/**
 * R18: an instance that has not the release in force, although it was offered it, is offered it again. What
 * is kept of that stands in its `Progress`:
 *
 * | what it says, or is seen to do                       | then                                                           |
 * | ---------------------------------------------------- | -------------------------------------------------------------- |
 * | refused it, or went back from it, by itself          | again after 2 s, 4 s, 8 s … at most 20 s; 60 times in a row    |
 * | crashed while the release was lent to it             | the same; 3 times                                              |
 * | was started again, and has another release           | at once, and counted from 1                                    |
 * | failed to boot with it twice (R9)                    | not again: its next boot would meet it. People are shown it    |
 * | refused so many attempts before, which was forgotten | at once, with the next number                                  |
 * | knows a newer order than the offer's                 | again, with an order above it                                  |
 * | a person asks for it (`fleet converge`)              | at once, and counted from 1                                    |
 *
 * Each offer is numbered, so that a late one is no new attempt. 20 s is below the 30 s within which control
 * and fleet agree after the last fault; 60 refusals are about 20 minutes of an outage, and an attempt costs
 * one taste in a process of its own.
 */
export const FIRST_AGAIN_MS = 2_000;
export const MOST_AGAIN_MS = 20_000;
export const MOST_REFUSALS = 60;
/** Each loses what was in flight. */
export const MOST_CRASHES = 3;

/** It went back from the proved release, or would not have it. */
export function backFrom(
  state: RolloutState,
  instance: string,
  { seq, why }: { seq: number; why: string },
  now: number,
): RolloutState {
  const known = state.instances[instance];
  if (known === undefined) return state;
  const refusals = (known.refusals ?? 0) + 1;
  const waitMs = Math.min(MOST_AGAIN_MS, FIRST_AGAIN_MS * 2 ** (refusals - 1));
  return withProgress(state, [instance], {
    ...isBackWith(seq, now, known),
    refusals,
    attempt: (known.attempt ?? 0) + 1,
    againAt: refusals >= MOST_REFUSALS || known.bootFailed ? null : now + waitMs,
    why,
  });
}

/**
 * It has the release for good: what it refused before is forgotten. Not its crashes, which would go in
 * circles.
 */
export const SETTLED: Partial<Progress> = { refusals: 0, againAt: null, bootFailed: false };

/** Counted from 1, and at once. */
export function afresh(known: Progress, now: number): Partial<Progress> {
  if (known.has !== 'back' || known.bootFailed) return {};
  return { refusals: 0, crashes: 0, againAt: now };
}

/** All of them, because a person asks for it. */
export function allAfresh(state: RolloutState, now: number): RolloutState {
  if (state.phase.at !== 'proved') return state;
  const instances = Object.entries(state.instances).map(([name, known]) => [
    name,
    { ...known, ...afresh(known, now) },
  ]);
  return { ...state, instances: Object.fromEntries(instances) };
}

/** The number that its next offer carries. */
export function nextAttempt({ attempt = 0 }: Progress): number {
  return attempt + 1;
}

/**
 * One that is back for no reason that counts, as after an undo of something else that was long on its way, is
 * due at once.
 */
export function isDueAgain({ has, againAt = 0 }: Progress, now: number): boolean {
  return has === 'back' && againAt !== null && now >= againAt;
}

/** What a refusal without a trial changes; `undefined`: the release itself was tried, and refused. */
export function untried(
  state: RolloutState,
  instance: string,
  { seq, message }: { seq: number; message: InstanceMessage & { type: 'refused' } },
  now: number,
): RolloutState | undefined {
  const known = state.instances[instance];
  const { because } = message;
  if (because === undefined || known === undefined) return undefined;
  switch (because.what) {
    case 'old_order':
      // It stays offered, and is offered again as to an instance that does not answer.
      return state;
    case 'refused_here': {
      // Of a release that is not proved yet one refusal is enough.
      if (state.phase.at !== 'proved') return undefined;
      const attempt = Math.max(known.attempt ?? 0, because.attempt);
      return withProgress(state, [instance], { ...isBackWith(seq, now, known), attempt, againAt: now });
    }
    case 'undone_here':
      return undefined;
    default:
      return because satisfies never;
  }
}

export function isBackWith(seq: number, now: number, known?: Progress): Partial<Progress> {
  return { has: 'back', seq: Math.max(seq, known?.seq ?? 0), heardAt: now, leaseUntil: null };
}
