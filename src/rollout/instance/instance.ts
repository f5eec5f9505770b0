import type { Offer } from '../signed/envelope.ts';
import { hasLapsed, lend, longestLeaseMs, renew } from '../signed/lease.ts';
import { proved, withProved } from './ring.ts';
import {
  type InstanceEvent,
  type InstanceLimits,
  type InstanceMessage,
  type InstanceState,
  type Memory,
  type Stepped,
  stay,
  tell,
  type Untried,
  type Warned,
} from './state.ts';
import {
  gaveUp,
  overdue,
  reasonOf,
  refuse,
  refusedMessage,
  refuseTasted,
  undo,
  valueFailed,
  withdraw,
} from './undo.ts';

/**
 * The decisions of the agent in one instance: offered → verified → tasted → switched (lent) → proved → in the
 * ring, and from everywhere back. Total: an event that does not fit the phase changes nothing. `now`: the
 * instance's own monotonic clock, in ms. See `moves` for the whole table.
 */
export function step(
  state: InstanceState,
  event: InstanceEvent,
  now: number,
  limits: InstanceLimits,
): Stepped {
  const { phase } = state;
  switch (event.type) {
    case 'boot':
      return boot(event.memory);
    case 'up':
      return phase.at === 'starting' ? up(state) : stay(state);
    case 'offered':
      return offered(state, event, now, limits);
    case 'verified':
      if (phase.at !== 'verifying' || phase.envelope.body.order !== event.offer.order) return stay(state);
      return verified(state, event.offer, now, limits);
    case 'rejected':
      if (phase.at !== 'verifying' || phase.envelope.body.order !== event.order) return stay(state);
      return refuse(state, phase.envelope.body, reasonOf(event));
    case 'tasted':
      if (phase.at !== 'tasting' || phase.offer.order !== event.order) return stay(state);
      return {
        state: {
          ...state,
          phase: {
            at: 'switching',
            offer: phase.offer,
            deadlineAt: now + limits.switchMs,
            ...warned(event),
          },
        },
        effects: [{ type: 'switch', to: phase.offer.release }],
      };
    case 'taste_failed':
      if (phase.at !== 'tasting' || phase.offer.order !== event.order) return stay(state);
      return refuseTasted(state, phase.offer, reasonOf(event));
    case 'switched':
      return switched(state, event.hash, now, limits);
    case 'switch_failed':
      return switchFailed(state, event, now, limits);
    case 'renewed':
      return renewed(state, event, now);
    case 'proved':
      return becomeProved(state, event, now, limits);
    case 'saved':
      if (phase.at !== 'proving' || phase.offer.release.hash !== event.hash) return stay(state);
      return inRing(state, phase.offer, phase.memory);
    case 'save_failed':
      if (phase.at !== 'proving' || phase.offer.release.hash !== event.hash) return stay(state);
      return withdraw(state, phase.offer, { cause: event.cause, late: true }, now, limits);
    case 'undo':
      return undo(state, event, now, limits);
    case 'gave_up':
      return gaveUp(state, event.rollout);
    case 'value_failed':
      return valueFailed(state, event, now, limits);
    case 'tick':
      return overdue(state, now, limits);
    default:
      return event satisfies never;
  }
}

/** R8, R9: starts from its own disk alone. A boot counts as failed until `up` says otherwise. */
function boot(memory: Memory): Stepped {
  const release = proved(memory.ring, memory.failedBoots);
  const first = proved(memory.ring);
  const passedOver = first === null || first.hash === release?.hash ? [] : [first.hash];
  const failedBoots =
    release === null
      ? memory.failedBoots
      : { ...memory.failedBoots, [release.hash]: (memory.failedBoots[release.hash] ?? 0) + 1 };
  const kept = { ...memory, failedBoots };
  return {
    state: { memory: kept, good: release, phase: { at: 'starting', release } },
    effects: [
      { type: 'save', memory: kept },
      { type: 'start', release },
      tell({ type: 'booted', hash: release?.hash ?? null, passedOver }),
    ],
  };
}

function up(state: InstanceState): Stepped {
  const { [state.good?.hash ?? '']: _, ...failedBoots } = state.memory.failedBoots;
  const memory = { ...state.memory, failedBoots };
  return { state: { ...state, memory, phase: { at: 'steady' } }, effects: [{ type: 'save', memory }] };
}

function offered(
  state: InstanceState,
  { envelope }: InstanceEvent & { type: 'offered' },
  now: number,
  limits: InstanceLimits,
): Stepped {
  const offer = envelope.body;
  const { memory, good, phase } = state;
  const refusal = (cause: string, because: Untried) =>
    stay(state, tell(refusedMessage(offer, { cause }, false, because)));
  const current = 'offer' in phase ? phase.offer : undefined;
  if (current?.rollout === offer.rollout && current.release.hash === offer.release.hash) {
    const taken = phase.at === 'lent' || phase.at === 'proving';
    return taken ? stay(state, tell(takenMessage(state, offer))) : stay(state);
  }
  if (memory.undoneRollouts.includes(offer.rollout))
    return refusal('this rollout was undone here', { what: 'undone_here' });
  const attempt = memory.refusedRollouts[offer.rollout] ?? 0;
  if ((offer.attempt ?? 1) <= attempt)
    return refusal(`attempt ${attempt} at this rollout was refused here`, { what: 'refused_here', attempt });
  if (phase.at === 'verifying' && phase.envelope.body.order === offer.order) return stay(state);
  // Busy with another rollout, which is over for control, or with its own start: this one is offered again
  // until it is heard.
  if (phase.at !== 'steady') return stay(state);
  if (good?.hash === offer.release.hash) {
    return stay(state, tell({ type: 'in_ring', rollout: offer.rollout, hash: good.hash }));
  }
  const { order } = memory;
  if (offer.order <= order)
    return refusal(`order ${offer.order} is older than ${order}`, { what: 'old_order', order });
  return {
    state: { ...state, phase: { at: 'verifying', envelope, deadlineAt: now + limits.verifyMs } },
    effects: [{ type: 'verify', envelope }],
  };
}

/** R6: the way back is tasted with the release, before anything moves. */
function verified(state: InstanceState, offer: Offer, now: number, limits: InstanceLimits): Stepped {
  const memory = { ...state.memory, order: offer.order };
  return {
    state: { ...state, memory, phase: { at: 'tasting', offer, deadlineAt: now + limits.tasteMs } },
    effects: [
      { type: 'save', memory },
      { type: 'taste', order: offer.order, release: offer.release, wayBack: state.good },
    ],
  };
}

function switched(state: InstanceState, hash: string | null, now: number, limits: InstanceLimits): Stepped {
  const { phase } = state;
  if (phase.at === 'switching' && phase.offer.release.hash === hash) {
    const { offer } = phase;
    const lease = lend(offer.leaseMs, longestLeaseMs(limits, offer.breakGlass), now);
    const lent = { ...state, phase: { at: 'lent', offer, lease, ...warned(phase) } as const };
    return stay(lent, tell(takenMessage(lent, offer)));
  }
  if (phase.at === 'returning' && (phase.to?.hash ?? null) === hash) {
    const { rollout, from } = phase;
    return stay(
      { ...state, good: phase.to, phase: { at: 'steady' } },
      tell({ type: 'back', rollout, from, hash }),
    );
  }
  return stay(state);
}

function switchFailed(
  state: InstanceState,
  event: InstanceEvent & { type: 'switch_failed' },
  now: number,
  limits: InstanceLimits,
): Stepped {
  const { phase } = state;
  if (phase.at === 'switching' && phase.offer.release.hash === event.hash) {
    return withdraw(state, phase.offer, { cause: event.cause, late: false }, now, limits);
  }
  const returning = phase.at === 'returning' && (phase.to?.hash ?? null) === event.hash;
  return returning ? stay(state, { type: 'restart' }) : stay(state);
}

function renewed(
  state: InstanceState,
  { renewal, sentAt }: InstanceEvent & { type: 'renewed' },
  now: number,
): Stepped {
  const { phase } = state;
  if (phase.at !== 'lent' || !isOf(phase.offer, renewal)) return stay(state);
  return stay({ ...state, phase: { ...phase, lease: renew(phase.lease, renewal, sentAt, now) } });
}

/** R7: only what this very instance served with enters its ring. */
function becomeProved(
  state: InstanceState,
  { proof, signed, outcomes, epochMs }: InstanceEvent & { type: 'proved' },
  now: number,
  limits: InstanceLimits,
): Stepped {
  const { phase, memory } = state;
  const { rollout, hash } = proof;
  if (phase.at === 'steady' && state.good?.hash === hash)
    return stay(state, tell({ type: 'in_ring', rollout, hash }));
  if (phase.at !== 'lent' || !isOf(phase.offer, proof) || hasLapsed(phase.lease, now)) return stay(state);
  if (outcomes === 0) {
    return stay(state, tell({ type: 'not_proved', rollout, cause: 'nothing was served with it here' }));
  }
  // Proved again, it may be booted with again.
  const { [hash]: _, ...failedBoots } = memory.failedBoots;
  const { release, undoTo, approvals } = phase.offer;
  const vouch = signed && { rollout, undoTo, approvals, proof: signed };
  const kept = { ...memory, failedBoots, ring: withProved(memory.ring, release, epochMs, vouch) };
  return {
    state: {
      ...state,
      phase: { at: 'proving', offer: phase.offer, memory: kept, deadlineAt: now + limits.saveMs },
    },
    effects: [{ type: 'save', memory: kept, hash }],
  };
}

function inRing(state: InstanceState, { rollout, release }: Offer, memory: Memory): Stepped {
  return stay(
    { ...state, memory, good: release, phase: { at: 'steady' } },
    tell({ type: 'in_ring', rollout, hash: release.hash }),
  );
}

function takenMessage(state: InstanceState, { rollout, release }: Offer): InstanceMessage {
  const message = { type: 'taken', rollout, hash: release.hash, wayBack: state.good?.hash ?? null } as const;
  return { ...message, ...('warnings' in state.phase ? warned(state.phase) : {}) };
}

function warned({ warnings }: Warned): Warned {
  return warnings === undefined ? {} : { warnings };
}

function isOf(offer: Offer, named: { rollout: string; hash: string }): boolean {
  return offer.rollout === named.rollout && offer.release.hash === named.hash;
}
