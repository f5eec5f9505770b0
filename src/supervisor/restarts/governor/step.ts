import { Budget } from './budget.ts';
import {
  isInHand,
  isOver,
  isWell,
  type Restart,
  type RestartPolicy,
  type Sight,
  type Target,
} from './restart.ts';
import { enter, stepTarget } from './target.ts';

export type RestartEvent =
  /** All instances as they are now; comes again and again. */
  { type: 'seen'; fleet: readonly Sight[] } | { type: 'cancel'; why: string };

export type RestartEffect = { do: 'drain'; name: string } | { do: 'start'; name: string };

export interface RestartStep {
  state: Restart;
  effects: RestartEffect[];
}

/**
 * The restart governor: what is, against what is wanted, gives what to do now. It looks at the whole each
 * time rather than at what changed, so it can be interrupted anywhere and gone on with from what it had last
 * written down.
 */
export function step(before: Restart, event: RestartEvent, now: number, policy: RestartPolicy): RestartStep {
  if (isOver(before)) return { state: before, effects: [] };
  if (event.type === 'cancel') return { state: giveUp(before, event.why), effects: [] };
  const { fleet } = event;
  const effects: RestartEffect[] = [];
  const sights = new Map(fleet.map((sight) => [sight.name, sight]));
  const targets = before.targets.map((one) => stepTarget(one, sights.get(one.name), before, now, policy));
  const state = { ...before, targets, starts: before.starts.filter((at) => now - at < 1_000) };
  const judged = judge(state, fleet, now, policy);
  if (judged.mode === 'running') take(judged, fleet, now, policy, effects);
  startStopped(judged, now, policy, effects);
  return { state: conclude(judged), effects };
}

/** Whether to go on, to wait or to give up. Giving up beats waiting, waiting beats going on. */
function judge(state: Restart, fleet: readonly Sight[], now: number, policy: RestartPolicy): Restart {
  if (state.mode === 'giving-up') return state;
  const failed = state.targets.filter(({ stage }) => stage === 'failed').map(({ name }) => name);
  if (failed.length > policy.failuresAllowed)
    return giveUp(state, `${failed.join(', ')} did not come back healthy`);
  if (now >= state.deadlineAt && state.targets.some(({ stage }) => stage === 'waiting'))
    return giveUp(state, 'it took too long');
  const sick = news(state, fleet);
  if (sick.length > 0) {
    const pausedAt = state.pausedAt ?? now;
    const why = `${sick.join(', ')} not healthy`;
    if (now - pausedAt >= policy.pauseMs) return giveUp(state, `${why} for ${policy.pauseMs / 1_000} s`);
    return { ...state, mode: 'paused', why, pausedAt, goodSince: null };
  }
  if (state.mode === 'running') return state;
  const goodSince = state.goodSince ?? now;
  if (now - goodSince < policy.settleMs) return { ...state, goodSince };
  return { ...state, mode: 'running', why: null, pausedAt: null, goodSince: null };
}

/**
 * Who is not well although nobody took it away and it was well before. Failures are counted by themselves.
 */
function news(state: Restart, fleet: readonly Sight[]): string[] {
  const expected = new Set(state.sickBefore);
  for (const target of state.targets) {
    if (isInHand(target) || target.stage === 'failed') expected.add(target.name);
    else if (target.stage === 'done') expected.delete(target.name);
  }
  return fleet.filter((one) => !isWell(one) && !expected.has(one.name)).map(({ name }) => name);
}

/**
 * Opens the next wave when the last one is over, and takes what it and the budget have room for. Changes
 * `state`.
 */
function take(
  state: Restart,
  fleet: readonly Sight[],
  now: number,
  policy: RestartPolicy,
  effects: RestartEffect[],
): void {
  const waiting = state.targets.filter(({ stage }) => stage === 'waiting');
  const inHand = state.targets.filter(isInHand);
  const phase = state.targets.find((one) => one.stage === 'waiting' || isInHand(one))?.phase;
  if (phase === undefined) return;
  const { wave } = state;
  if (wave.phase !== phase) state.wave = { phase, number: wave.number + 1, size: 1, taken: 0 };
  else if (inHand.length === 0 && wave.taken >= wave.size)
    state.wave = { phase, number: wave.number + 1, size: wave.size * policy.waveGrowth, taken: 0 };
  const budget = new Budget(fleet, state.targets, policy.awayShare);
  // What could not be started within a second would only be away for longer.
  let startable = policy.startsPerSecond - inHand.filter(({ stage }) => isBeforeStart(stage)).length;
  const taken = new Set<string>();
  for (const target of waiting) {
    if (target.phase !== phase || startable < 1 || state.wave.taken + taken.size >= state.wave.size) break;
    if (!budget.take(target)) continue;
    startable -= 1;
    taken.add(target.name);
    effects.push({ do: 'drain', name: target.name });
  }
  if (taken.size === 0) return;
  state.wave = { ...state.wave, taken: state.wave.taken + taken.size };
  state.targets = state.targets.map((one) =>
    taken.has(one.name) ? enter(one, 'draining', now + policy.drainMs) : one,
  );
}

function isBeforeStart(stage: Target['stage']): boolean {
  return stage === 'draining' || stage === 'stopped';
}

/**
 * In every mode: what was asked to stop is started again, at most so many within any second. Changes `state`.
 */
function startStopped(state: Restart, now: number, policy: RestartPolicy, effects: RestartEffect[]): void {
  let free = policy.startsPerSecond - state.starts.length;
  if (free < 1 || !state.targets.some(({ stage }) => stage === 'stopped')) return;
  state.targets = state.targets.map((target) => {
    if (target.stage !== 'stopped' || free < 1) return target;
    free -= 1;
    state.starts.push(now);
    effects.push({ do: 'start', name: target.name });
    return enter(target, 'starting', now + policy.startMs);
  });
}

function conclude(state: Restart): Restart {
  if (state.targets.some(isInHand)) return state;
  if (state.mode === 'giving-up') return { ...state, mode: 'gave-up' };
  if (state.targets.some(({ stage }) => stage === 'waiting')) return state;
  return { ...state, mode: 'done', why: null };
}

function giveUp(state: Restart, why: string): Restart {
  return { ...state, mode: 'giving-up', why };
}
