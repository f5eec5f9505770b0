import type { Restart, RestartPolicy, Sight, Target } from './restart.ts';

/**
 * Moves one target on by what is seen of it (the table is in `restart.ts`). Taking and starting are the
 * governor's to decide.
 */
export function stepTarget(
  target: Target,
  sight: Sight | undefined,
  { requestedAt }: Pick<Restart, 'requestedAt'>,
  now: number,
  policy: RestartPolicy,
): Target {
  // Unseen is not serving: only its deadline can move it.
  const state = sight?.state ?? 'away';
  const isNew = sight !== undefined && sight.startedAt > requestedAt;
  const late = now >= target.deadlineAt;
  if (target.stage === 'done') return target;
  // Whatever we believed: it comes back only when it is started.
  if (state === 'stopped') return target.stage === 'stopped' ? target : enter(target, 'stopped', now);
  switch (target.stage) {
    case 'waiting':
    case 'stopped':
      return isNew ? enter(target, 'starting', now + policy.startMs) : target;
    case 'draining':
      if (isNew) return enter(target, 'starting', now + policy.startMs);
      // The order was lost, and so is its place in the budget by now: it is taken again.
      return late && state === 'serving' ? enter(target, 'waiting', now) : target;
    case 'starting':
      if (state === 'serving' && isNew) return enter(target, 'warming', now + policy.warmMs);
      return late ? enter(target, 'failed', now) : target;
    case 'warming':
    case 'proving':
      if (state === 'away') return enter(target, 'failed', now);
      return prove(target, sight?.health === 'good', now, policy);
    case 'failed':
      return target;
    default:
      return target.stage satisfies never;
  }
}

function prove(target: Target, healthy: boolean, now: number, policy: RestartPolicy): Target {
  const healthySince = healthy ? (target.healthySince ?? now) : null;
  if (healthySince !== null && now - healthySince >= policy.proveMs) return enter(target, 'done', now);
  if (now >= target.deadlineAt) return enter(target, 'failed', now);
  if (target.stage === 'warming' && healthy)
    return { ...enter(target, 'proving', now + policy.proveWithinMs), healthySince };
  return healthySince === target.healthySince ? target : { ...target, healthySince };
}

export function enter(target: Target, stage: Target['stage'], deadlineAt: number): Target {
  return { ...target, stage, deadlineAt, healthySince: null };
}
