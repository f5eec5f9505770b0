import { isFinished } from '../../../rollout/machine/phases.ts';
import type { Batch } from '../../agents/registry.ts';
import type { WorkingSet } from '../memory/working-set.ts';
import type { Decision, LeaderPorts } from '../ports.ts';
import type { Decided } from './decide.ts';

/**
 * What of a turn is written, and whether it must be: a turn asks here between deciding and storing. Pure; it
 * must never leave out what somebody was promised, or make each beat a write.
 */

/** Beats and outcomes of so long may be lost with the leader; decisions never are. */
const CHECKPOINT_MS = 1_000;

/** Whether there is more than beats and outcomes, which come again, to be written. */
export function isDecisive(
  { steps, commands, notes, agreed, judged }: Decided,
  { claims }: Batch,
  now: number,
): boolean {
  if (
    judged.raised.length > 0 ||
    judged.cleared.length > 0 ||
    agreed.raiseTo !== null ||
    agreed.adopt !== null ||
    commands.length > 0 ||
    notes.length > 0 ||
    claims.length > 0
  )
    return true;
  return steps.some(({ active, folded }) => {
    if (folded.effects.some(({ type }) => type !== 'renew')) return true;
    const due = !isFinished(folded.state.phase.at) && now - active.savedAt >= CHECKPOINT_MS;
    return due && folded.state !== active.state;
  });
}

/** What is written of it, in one transaction. */
export function decisionOf(
  { name, keys, verify, settings, signedEvents: { vouch } }: LeaderPorts,
  held: WorkingSet,
  decided: Decided,
  { service, claims, heard }: Batch,
  now: number,
): Decision {
  const { raiseTo, adopt: adoption } = decided.agreed;
  const { policy } = settings();
  return {
    ...decided,
    fence: held.fence,
    leader: name,
    now,
    claims,
    heard: claims.length === 0 ? [] : heard,
    raiseTo,
    adopting: adoption === null ? null : { adoption, vouch, keys: keys(), verify, policy, now },
    judgement: { service, judged: decided.judged, before: held.judgements.get(service)?.state },
  };
}
