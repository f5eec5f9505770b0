import { isBackward, isFinished } from '../../../rollout/machine/phases.ts';
import { askedAfter } from '../../agreement/agree.ts';
import type { Ordered } from '../../store/assignments.ts';
import type { StoredRollout } from '../../store/rollouts.ts';
import { type Known, LATELY_MS } from '../../undo/candidates.ts';
import type { Decided, Step } from '../turn/decide.ts';
import type { ActiveRollout } from './active-rollout.ts';
import { type WorkingSet, wordKey } from './working-set.ts';

/**
 * How a leader's memory follows what was decided. `leader.ts` owns it; only a turn changes it, through
 * these. Nothing here asks the store, or says anything.
 */

/** What a leader has in memory. `held` undefined: it does not lead, and no agent belongs here. */
export interface Memory {
  held: WorkingSet | undefined;
  /** What was decided, or went wrong, since the rollouts were read: they are read again. */
  stale: boolean;
  /**
   * What went back of late, by its id, and when: a person who orders an undo now may mean it. What this
   * process saw go back, a store that was put back to an older state has forgotten.
   */
  readonly left: Map<string, { readonly at: number; readonly known: Known }>;
}

/** How the release in force is judged may be so old in the store where no alarm is raised or cleared. */
const JUDGEMENT_MS = 5_000;

/** Before anything is stored: an instance that connects meanwhile is sent nothing forward of it. */
export function noteBackward(
  { left }: Memory,
  held: WorkingSet,
  { active, folded, backTo }: Step,
  now: number,
): void {
  if (!isBackward(folded.state.phase.at)) return;
  held.goingBack.add(active.id);
  const { at: was } = active.state.phase;
  const before = left.get(active.id);
  // Also where another leader began to take it back. What was over before is not left again.
  if (!isBackward(was) || !isFinished(was) || before !== undefined) {
    // What a restored store has brought forward again goes back again.
    const at = isBackward(was) ? (before?.at ?? now) : now;
    left.set(active.id, { at, known: knownOf({ ...active, state: folded.state, backTo }) });
  }
  forgetLeft(left, now);
}

/** At the beginning of a term: what went back before it. */
export function rememberEnded({ left }: Memory, ended: readonly StoredRollout[], now: number): void {
  for (const each of ended) left.set(each.id, { at: each.updatedAt.getTime(), known: each });
  forgetLeft(left, now);
}

function forgetLeft(left: Memory['left'], now: number): void {
  for (const [id, { at }] of left) if (now - at > LATELY_MS) left.delete(id);
}

/**
 * `assigned` undefined: it was not written. Returns whether who is to be stepped has changed, so that the
 * rollouts are to be read again.
 */
export function remember(
  held: WorkingSet,
  decided: Decided,
  assigned: readonly Ordered[] | undefined,
  now: number,
): boolean {
  const next = new Map(held.active.map((each) => [each.id, each]));
  for (const { active, folded, backTo } of decided.steps) {
    const { state } = folded;
    const written = assigned === undefined ? {} : { version: active.version + 1, savedAt: now };
    // What is named by a command alone is not stepped any further, unless it is under way now.
    if (next.has(active.id))
      next.set(active.id, { ...withProofs(active, decided), ...written, state, backTo });
  }
  held.active = [...next.values()];
  // What was proved in this turn is in force from now on, and what it followed is not.
  const proved = held.active.filter(({ state }) => state.phase.at === 'proved');
  held.inForce = held.inForce.filter(({ service }) => proved.every((each) => each.service !== service));
  for (const word of assigned ?? []) held.words.set(wordKey(word), word);
  return decided.steps.some(({ active, folded }) => folded.state.phase.at !== active.state.phase.at);
}

/** Returns whether something came out of it that is to be read. */
export function rememberAgreed(held: WorkingSet, service: string, { agreed }: Decided, now: number): boolean {
  held.asked.set(service, askedAfter(held.asked.get(service), agreed, now));
  if (agreed.raiseTo !== null) held.order = Math.max(held.order, agreed.raiseTo);
  return agreed.adopt !== null || agreed.raiseTo !== null;
}

/** Returns whether the judgement is to be written, for those that do not lead: it was not for a while. */
export function rememberJudgement(
  held: WorkingSet,
  service: string,
  { judged: { state } }: Decided,
  { written, now }: { written: boolean; now: number },
): boolean {
  const before = held.judgements.get(service);
  const due = before === undefined || now - before.writtenAt >= JUDGEMENT_MS;
  const writtenAt = written || due ? now : before.writtenAt;
  held.judgements.set(service, { state, writtenAt });
  return due && !written;
}

export function knownOf({ id, service, state, backTo, offered }: ActiveRollout): Known {
  return { id, service, state, backTo, sequence: offered?.release.sequence ?? null };
}

/** An approval or a receipt travels with every offer from now on. */
function withProofs(active: ActiveRollout, { approvals, receipts }: Decided): ActiveRollout {
  if (active.offered === null) return active;
  const ofIt = approvals.filter(({ body }) => body.rollout === active.id);
  const forIt = receipts.filter(({ body }) => body.hash === active.state.hash);
  if (ofIt.length === 0 && forIt.length === 0) return active;
  const { offered } = active;
  const fresh = forIt.map(({ body }) => body.instance);
  return {
    ...active,
    offered: {
      ...offered,
      approvals: [...offered.approvals, ...ofIt],
      receipts: [...offered.receipts.filter(({ body }) => !fresh.includes(body.instance)), ...forIt],
    },
  };
}
