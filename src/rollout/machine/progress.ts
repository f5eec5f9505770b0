import { newGate } from '../gate/gate.ts';
import { otherwiseText, type Verdict } from '../gate/verdict.ts';
import { SWITCH_LATE_MS } from '../plan/switch-policy.ts';
import { factsOf, gateFor, verdictOf } from './evidence.ts';
import { fresh, planOf } from './fleet.ts';
import { offer, prove, repeat } from './offers.ts';
import { andThen, enter, factText, journalled, mayHave, named, rollBack } from './rollback.ts';
import type { Decided, Opened, RolloutEvent, RolloutPhase, RolloutState } from './state.ts';

/** The way forward: testing, then wave after wave, each on the evidence of the one before. */

export function submit(
  state: RolloutState,
  { testing, target, traffic, hindrance }: RolloutEvent & { type: 'submit' },
  now: number,
): Decided {
  const abort = (reason: string) => enter(state, { at: 'aborted', reason }, reason);
  if (hindrance !== undefined) return abort(hindrance);
  if (testing.length === 0) {
    return abort('no testing instance is up, and nothing goes to production untested');
  }
  const instances = Object.fromEntries([
    ...target.map(({ instance, cell }) => [instance, fresh('target', cell, now)]),
    ...testing.map(({ instance, cell }) => [instance, fresh('testing', cell, now)]),
  ]);
  const listed: RolloutState = { ...state, instances, traffic };
  const plan = planOf(listed);
  if (!plan.ok) return abort(`${plan.reason}; ${plan.advice}`);
  const deadlineAt = now + state.policy.testMs;
  const entered = enter({ ...listed, waves: plan.waves }, { at: 'testing', deadlineAt }, 'submitted');
  return offer(
    entered,
    testing.map(({ instance }) => instance),
    now,
  );
}

/**
 * Opens the next wave, or waits for what holds it up. `opened`: the wave that goes on being watched
 * meanwhile.
 */
export function goOn(state: RolloutState, next: number, opened: Opened | null, now: number): Decided {
  const confirmed = next === 0 || !state.policy.confirmWaves;
  const reason = heldUp(state, confirmed, now);
  if (reason === undefined) return open(state, next, now);
  const deadlineAt = now + state.policy.patienceMs;
  return enter(state, { at: 'waiting', next, confirmed, deadlineAt, opened }, reason);
}

/** Ends the waiting when nothing holds the next wave up any more. */
export function proceed(state: RolloutState, now: number): Decided {
  const { phase } = state;
  if (phase.at !== 'waiting' || heldUp(state, phase.confirmed, now) !== undefined) {
    return { state, effects: [] };
  }
  return open(state, phase.next, now);
}

/**
 * R10: unknown is not good, however urgent the change; `watch` acts on facts.
 * Break-glass waits for neither a freeze nor a confirmation.
 */
function heldUp(state: RolloutState, confirmed: boolean, now: number): string | undefined {
  const [fact] = factsOf(state, now);
  const unknown = fact === undefined ? unheard(state) : factText(fact);
  if (unknown !== undefined) return unknown;
  // An outage does not wait for the end of a freeze.
  if (state.switches !== undefined) return silentOne(state, now);
  if (state.breakGlass) return undefined;
  const freeze = state.freezes.find(({ from, to }) => from <= now && now < to);
  if (freeze !== undefined) return `frozen (${freeze.id})`;
  return confirmed ? undefined : 'waits for a person to let the next wave open';
}

/** Who may have it and has not spoken since control changed hands. */
function unheard(state: RolloutState): string | undefined {
  const found = named(state).find(
    ([, progress]) => mayHave(progress) && progress.assumedAt === progress.heardAt,
  );
  return found && `${found[0]} has not been heard since control changed hands`;
}

/** R10: the others are not given what somebody took and was not heard with since. */
function silentOne(state: RolloutState, now: number): string | undefined {
  const silentMs = state.policy.waves.first.minMs;
  const found = named(state).find(
    ([, { environment, has, heardAt }]) =>
      environment === 'target' && has === 'lent' && now - heardAt >= silentMs,
  );
  return found && `${found[0]} has it, and has been silent for ${now - found[1].heardAt} ms`;
}

function open(state: RolloutState, wave: number, now: number): Decided {
  let planned = state;
  if (wave === 0) {
    // The fleet may have changed since it was submitted, and break-glass has a plan of its own.
    const plan = planOf(state);
    if (!plan.ok) return rollBack(state, `${plan.reason}; ${plan.advice}`, now);
    planned = { ...state, waves: plan.waves, gate: newGate(plan.waves.length) };
  }
  const next = planned.waves[wave];
  if (next === undefined || planned.gate === null) return { state, effects: [] };
  const phase: RolloutPhase = { at: phaseFor(next.kind), wave, openedAt: now, since: null };
  const gated = { ...planned, gate: gateFor(planned, planned.gate, wave), pending: [], verdict: null };
  const here = next.instances.filter((instance) => state.instances[instance]?.has === 'old');
  return offer(enter(gated, phase, `${next.kind} wave of ${here.length}`), here, now);
}

/**
 * Judges what has the release, and acts on it: any roll-back at once; the next wave, or the proof, when this
 * one is promoted. Also sends again what was not answered.
 */
export function watch(state: RolloutState, now: number): Decided {
  const { phase } = state;
  switch (phase.at) {
    case 'draft':
    case 'rolling_back':
    case 'rolled_back':
    case 'aborted':
      return { state, effects: [] };
    case 'proved':
      return repeat(state, now);
    case 'testing':
    case 'awaiting_approval': {
      const [fact] = factsOf(state, now);
      if (fact !== undefined) return rollBack(state, factText(fact), now);
      if (now >= phase.deadlineAt) return rollBack(state, `${phase.at} took too long`, now);
      return repeat(state, now);
    }
    case 'waiting':
      if (now >= phase.deadlineAt) {
        return rollBack(state, `wave ${phase.next + 1} could not open in time`, now);
      }
      return watchWave(state, phase.opened, now);
    case 'wave':
    case 'bake':
    case 'rest':
      return watchWave(...settled(state, phase, now), now);
    default:
      return phase satisfies never;
  }
}

function watchWave(state: RolloutState, opened: Opened | null, now: number): Decided {
  const { gate, phase, policy } = state;
  const facts = factsOf(state, now);
  if (opened === null || gate === null) {
    const [fact] = facts;
    return fact === undefined ? repeat(state, now) : rollBack(state, factText(fact), now);
  }
  if (opened.since === null && now - opened.openedAt >= policy.takeMs) {
    return rollBack(state, `wave ${opened.wave + 1} was not taken in time`, now);
  }
  const verdict = verdictOf(state, gate, opened, facts, now);
  if (verdict === undefined) return repeat(state, now);
  const judged = { ...state, verdict };
  const waits = phase.at === 'waiting';
  // A wave that has its evidence and only waits for a person is not undone for the time that takes.
  if (verdict.kind === 'roll_back' && !(waits && verdict.reason === 'not_proved_in_time')) {
    return withVerdict(rollBack(judged, reasonOf(verdict), now), verdict);
  }
  if (verdict.kind === 'promote' && !waits && unheard(state) === undefined)
    return withVerdict(promoted(judged, opened, now), verdict);
  return repeat(judged, now);
}

/** Evidence counts from when the last instance of the wave, of those still there, has the release. */
function settled(state: RolloutState, phase: RolloutPhase & Opened, now: number): [RolloutState, Opened] {
  const members = state.waves[phase.wave]?.instances ?? [];
  const isLate = now - phase.openedAt >= SWITCH_LATE_MS && phase.at === 'bake';
  // One that is too sick to take it is no reason to switch it on again at all the others.
  if (state.switches !== undefined && isLate && phase.since === null) return since(state, phase, now);
  const waiting = members.some((instance) => state.instances[instance]?.has === 'offered');
  return phase.since !== null || waiting ? [state, phase] : since(state, phase, now);
}

function since(
  state: RolloutState,
  phase: RolloutPhase & Opened,
  now: number,
): [RolloutState, RolloutPhase & Opened] {
  const settled: RolloutPhase & Opened = { ...phase, since: now };
  return [{ ...state, phase: settled }, settled];
}

function promoted(state: RolloutState, opened: Opened, now: number): Decided {
  const kind = state.waves[opened.wave]?.kind;
  const last = opened.wave + 1 >= state.waves.length;
  // R7: after the bake the instances that have the release are ordered to keep it; the hold-back follows
  // after its own wave.
  const proving = kind === 'widest' || last ? prove(state, now) : { state, effects: [] };
  if (last) {
    return andThen(proving, (next) => enter(next, { at: 'proved' }, 'every wave showed its evidence'));
  }
  return andThen(proving, (next) => goOn(next, opened.wave + 1, opened, now));
}

function phaseFor(kind: 'first' | 'middle' | 'widest' | 'rest'): 'wave' | 'bake' | 'rest' {
  if (kind === 'rest') return 'rest';
  return kind === 'widest' ? 'bake' : 'wave';
}

function reasonOf(verdict: Verdict & { kind: 'roll_back' }): string {
  const { facts, endings } = verdict.evidence;
  if (facts.length > 0) return facts.map(factText).join('; ');
  return verdict.reason === 'ends_otherwise' && endings !== null
    ? `${verdict.reason}: ${otherwiseText(endings)}`
    : verdict.reason;
}

function withVerdict({ state, effects }: Decided, verdict: Verdict): Decided {
  return { state, effects: [...effects, journalled({ what: 'verdict', verdict })] };
}
