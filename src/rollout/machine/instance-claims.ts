import { type HardFact, probesAfter } from '../gate/facts.ts';
import type { InstanceMessage } from '../instance/state.ts';
import { afresh, backFrom, isBackWith, MOST_CRASHES, SETTLED, untried } from './offer-again.ts';
import { leaseOf } from './offers.ts';
import { isBackward } from './phases.ts';
import { andThen, factText, journalled, mayHave, orderOneBack, rollBack, withProgress } from './rollback.ts';
import type { Beat, Decided, Progress, RolloutEffect, RolloutEvent, RolloutState } from './state.ts';

/** What instances say of themselves. A claim with an old number is late, and says nothing about now. */

export function applyClaim(
  state: RolloutState,
  { instance, seq, message }: RolloutEvent & { type: 'claimed' },
  now: number,
): Decided {
  const known = state.instances[instance];
  if (known === undefined || isOfAnother(state, message)) return { state, effects: [] };
  const own = ownChange(state, known, { seq, message }, now);
  if (own === null) return { state, effects: [] };
  if (own !== undefined) return { state: withProgress(state, [instance], own), effects: [] };
  switch (message.type) {
    case 'taken':
    case 'in_ring':
      return stray(state, instance, now);
    case 'refused': {
      if (message.hash !== state.hash || !mayHave(known)) return { state, effects: [] };
      return refused(state, instance, { seq, message }, now);
    }
    case 'lease_lost': {
      if (message.hash !== state.hash || !mayHave(known)) return { state, effects: [] };
      const fact: HardFact = { kind: 'lease_lost', instance };
      // Once proved it is lent again: nobody spoke against it, only its proof did not arrive in time.
      return accuse(without(state, { seq, fact }, now), fact, now);
    }
    case 'booted':
      return booted(state, instance, known, { seq, message }, now);
    case 'back':
      return isBack(state, instance, known, seq, now);
    case 'not_proved':
      // It stays lent and is asked again; if it never serves, that is for people to see.
      return { state, effects: [] };
    default:
      return message satisfies never;
  }
}

/**
 * The same as `applyClaim` with one claim after another. Most change nothing but their instance's own
 * progress: these share one copy of the record, because a thousand instances may speak at once.
 */
export function applyClaims(
  state: RolloutState,
  claims: readonly (RolloutEvent & { type: 'claimed' })[],
  now: number,
): Decided {
  let decided: Decided = { state, effects: [] };
  let changed: Record<string, Progress> | undefined;
  for (const claim of claims) {
    const { instance, message } = claim;
    const known = (changed ?? decided.state.instances)[instance];
    if (known === undefined || isOfAnother(state, message)) continue;
    const own = ownChange(decided.state, known, claim, now);
    if (own === null) continue;
    if (own !== undefined) {
      changed ??= { ...decided.state.instances };
      changed[instance] = { ...known, ...own };
      continue;
    }
    const instances = changed ?? decided.state.instances;
    decided = andThen({ ...decided, state: { ...decided.state, instances } }, (next) =>
      applyClaim(next, claim, now),
    );
    changed = undefined;
  }
  return changed === undefined ? decided : { ...decided, state: { ...decided.state, instances: changed } };
}

/**
 * What a claim changes where it concerns its own instance alone; `null`: nothing; `undefined`: it may concern
 * the rollout.
 */
function ownChange(
  state: RolloutState,
  known: Progress,
  { seq, message }: Pick<RolloutEvent & { type: 'claimed' }, 'seq' | 'message'>,
  now: number,
): Partial<Progress> | null | undefined {
  const over = isBackward(state.phase.at);
  switch (message.type) {
    case 'taken':
    case 'in_ring': {
      if (message.hash !== state.hash) return null;
      if (over) return undefined;
      const proved = message.type === 'in_ring';
      const warned = proved ? {} : warnedOf(message);
      const further = proved ? known.has !== 'proved' : known.has === 'offered';
      // A sign of life may have shown before that it has it.
      if (!mayHave(known) || !further) return mayHave(known) && 'warnings' in warned ? warned : null;
      const leaseUntil = proved ? null : now + leaseOf(state);
      const settled = proved ? SETTLED : {};
      return {
        ...settled,
        ...warned,
        has: proved ? 'proved' : 'lent',
        seq: Math.max(seq, known.seq),
        heardAt: now,
        leaseUntil,
      };
    }
    case 'back':
      if (message.from !== state.hash || message.hash === state.hash || seq <= known.seq) return null;
      return over || !mayHave(known) ? isBackWith(seq, now) : undefined;
    default:
      return undefined;
  }
}

function warnedOf({ warnings }: InstanceMessage & { type: 'taken' }): Pick<Progress, 'warnings'> {
  return warnings === undefined ? {} : { warnings };
}

/** Signs of life: renewals for those the gate finds healthy, and what they show about who has the release. */
export function applyBeats(state: RolloutState, beats: readonly Beat[], now: number): Decided {
  const instances: Record<string, Progress> = { ...state.instances };
  const effects: RolloutEffect[] = [];
  const strays: string[] = [];
  const fallen: { instance: string; seq: number }[] = [];
  const healthy = !isBackward(state.phase.at);
  const leaseMs = leaseOf(state);
  for (const { instance, seq, beat, hash, vitals } of beats) {
    const known = instances[instance];
    if (known === undefined || seq <= known.seq) continue;
    const probes = probesAfter(known.probes, vitals, now);
    const heard = { ...known, seq, heardAt: now, vitals, ...(probes && { probes }) };
    instances[instance] = heard;
    const serves = hash === state.hash;
    const on = known.has === 'lent' || known.has === 'proving';
    if (serves && !healthy) strays.push(instance);
    else if (serves && known.has === 'offered')
      instances[instance] = { ...heard, has: 'lent', leaseUntil: now + leaseMs };
    // It has it after all, on disk or by an offer that was long on its way: offered again it says so.
    else if (serves && known.has === 'back' && state.phase.at === 'proved')
      instances[instance] = { ...heard, againAt: now };
    else if (!serves && (on || known.has === 'proved')) fallen.push({ instance, seq });
    if (healthy && serves && on && now - known.lentAt >= known.lentMs / 4) {
      // R5: only a living, listened-to instance of a rollout nothing speaks against is renewed.
      const leaseUntil = known.leaseUntil === null ? null : now + leaseMs;
      instances[instance] = { ...heard, lentAt: now, lentMs: leaseMs, leaseUntil };
      effects.push({ type: 'renew', instance, beat, leaseMs });
    }
  }
  let decided: Decided = { state: { ...state, instances }, effects };
  for (const instance of strays) decided = andThen(decided, (next) => stray(next, instance, now));
  for (const { instance, seq } of fallen)
    decided = andThen(decided, (next) => fell(next, instance, seq, now));
  if (decided.state.phase.at !== 'rolling_back') return decided;
  return { ...decided, effects: decided.effects.filter(({ type }) => type !== 'renew') };
}

/** What an instance says of an earlier rollout, perhaps of the same release, says nothing about this one. */
function isOfAnother({ id }: RolloutState, message: InstanceMessage): boolean {
  return 'rollout' in message && message.rollout !== null && message.rollout !== id;
}

/**
 * It has the release although nobody should: it is ordered to go back, and counted as having it until it is.
 */
function stray(state: RolloutState, instance: string, now: number): Decided {
  const { phase } = state;
  const known = state.instances[instance];
  if (known === undefined) return { state, effects: [] };
  const counted =
    phase.at === 'rolling_back' && !mayHave(known)
      ? withProgress(state, [instance], { has: 'lent', leaseUntil: null })
      : state;
  return orderOneBack(counted, instance, now);
}

/** An offer that was not taken, or a release that was left because it does not work. */
function refused(
  state: RolloutState,
  instance: string,
  claim: { seq: number; message: InstanceMessage & { type: 'refused' } },
  now: number,
): Decided {
  const { seq, message } = claim;
  const untriedState = untried(state, instance, claim, now);
  if (untriedState !== undefined) return { state: untriedState, effects: [] };
  const proved = state.phase.at === 'proved';
  // R6: an undo is never lost, whatever became of the store that it was written to.
  if (proved && message.because?.what === 'undone_here')
    return rollBack(state, `it was undone at ${instance}, which control did not know`, now);
  const { late, rollout } = message;
  const cause = message.key === undefined ? message.cause : `${message.key}: ${message.cause}`;
  const fact: HardFact = { kind: 'refused', instance, cause, late };
  // What was proved here before is not left for it; and what was taken before the proof is still to be
  // brought back.
  const keeps = late && (rollout === null || !proved);
  return accuse(keeps ? state : without(state, { seq, fact }, now), fact, now);
}

/**
 * It has not the release any more, for this reason. Once proved, it is offered it again: see
 * `offer-again.ts`.
 */
function without(
  state: RolloutState,
  { seq, fact }: { seq: number; fact: HardFact & { instance: string } },
  now: number,
): RolloutState {
  const { instance } = fact;
  if (state.phase.at === 'proved') return backFrom(state, instance, { seq, why: factText(fact) }, now);
  // A lease that ran out is noted before the instance is seen to be back.
  if (fact.kind === 'lease_lost') return state;
  const known = state.instances[instance];
  return withProgress(state, [instance], { has: 'back', seq: Math.max(seq, known?.seq ?? 0) });
}

/**
 * R9: an instance that could not boot with the release is left with what it has: offered again it would take
 * it, and meet its next boot with it. Another rollout, of the same release too, is another matter.
 */
function booted(
  state: RolloutState,
  instance: string,
  known: Progress,
  { seq, message }: { seq: number; message: InstanceMessage & { type: 'booted' } },
  now: number,
): Decided {
  if (seq <= known.seq || message.hash === state.hash) return { state, effects: [] };
  const proved = state.phase.at === 'proved';
  const passedOver = message.passedOver.includes(state.hash);
  // While it is only offered, this may tell of a boot before the offer; one that cannot take it is seen by
  // the clock.
  const had = mayHave(known) && known.has !== 'offered';
  if (!had && !(passedOver && proved)) {
    const again = proved ? withProgress(state, [instance], { ...afresh(known, now), seq }) : state;
    return { state: again, effects: [] };
  }
  const fact: HardFact = { kind: passedOver ? 'boot_failed' : 'crashed', instance };
  if (!proved) return accuse(withProgress(state, [instance], isBackWith(seq, now)), fact, now);
  const crashes = (known.crashes ?? 0) + 1;
  const last = passedOver || crashes >= MOST_CRASHES;
  const back = backFrom(state, instance, { seq, why: factText(fact) }, now);
  const counted = withProgress(back, [instance], {
    crashes,
    bootFailed: passedOver,
    ...(last ? { againAt: null } : {}),
  });
  return accuse(counted, fact, now);
}

/** It had the release and serves with another: it went back by itself, and that is a reason. */
function fell(state: RolloutState, instance: string, seq: number, now: number): Decided {
  const known = state.instances[instance];
  if (known === undefined) return { state, effects: [] };
  return isBack(state, instance, known, seq, now);
}

function isBack(state: RolloutState, instance: string, known: Progress, seq: number, now: number): Decided {
  const back = withProgress(state, [instance], isBackWith(seq, now));
  const { at } = state.phase;
  if (!mayHave(known) || isBackward(at)) return { state: back, effects: [] };
  const fact: HardFact = { kind: 'lease_lost', instance };
  if (at !== 'proved') return accuse(back, fact, now);
  const why = `${instance} went back from it by itself`;
  return accuse(backFrom(state, instance, { seq, why }, now), fact, now);
}

/** A fact that needs no statistics: it undoes, unless the release is proved; then people get an alarm. */
function accuse(state: RolloutState, fact: HardFact, now: number): Decided {
  const { at } = state.phase;
  if (at === 'proved') return { state, effects: [journalled({ what: 'fact', fact })] };
  return isBackward(at) ? { state, effects: [] } : rollBack(state, factText(fact), now);
}
