import type { Release } from '../../config/release.ts';
import type { Offer } from '../signed/envelope.ts';
import { hasLapsed } from '../signed/lease.ts';
import { proved, withProved, withUndone } from './ring.ts';
import {
  type InstanceEffect,
  type InstanceEvent,
  type InstanceLimits,
  type InstanceMessage,
  type InstanceState,
  type Memory,
  type Reason,
  type Stepped,
  stay,
  tell,
  type Untried,
} from './state.ts';

/** Every way back of an instance. None of them asks anybody, and none of them fails. */

/**
 * How many undone rollouts are remembered, and how many refused ones; an older offer is stopped by its order.
 */
const REMEMBERED_UNDONE = 32;

/**
 * R6: undo, in whatever phase. R17: it leaves what it names and nothing else. What it does not find here, or
 * what was left here already and has come again with another rollout, needs no undoing: the instance says so,
 * and remembers it.
 */
export function undo(
  state: InstanceState,
  { rollout, from, to }: InstanceEvent & { type: 'undo' },
  now: number,
  limits: InstanceLimits,
): Stepped {
  const { phase, good } = state;
  const coming = comingRelease(state);
  const comes = coming?.hash === from && (rollout === null || coming.rollout === rollout);
  // Said again of what is done here: the same content that was proved here since came with another rollout,
  // and stays.
  const cameWith = coming?.hash === from ? coming.rollout : provedBy(state.memory, from);
  const another = cameWith !== undefined && cameWith !== rollout;
  const done = rollout !== null && another && state.memory.undoneRollouts.includes(rollout);
  const memory = withoutRollout(state.memory, rollout ?? (comes ? coming.rollout : null));
  if (phase.at === 'down') return stay({ ...state, memory });
  if (done || (!comes && good?.hash !== from)) {
    if (phase.at === 'starting' || (phase.at === 'returning' && (done || phase.from === from))) {
      return stay({ ...state, memory });
    }
    const serving = phase.at === 'lent' || phase.at === 'proving' ? phase.offer.release : good;
    return stay(
      { ...state, memory },
      { type: 'save', memory },
      tell({ type: 'back', rollout, from, hash: serving?.hash ?? null }),
    );
  }
  const back = wayBack(memory, good, from, to);
  if (phase.at === 'starting') {
    return {
      state: { memory: back.memory, good: back.to, phase: { at: 'starting', release: back.to } },
      effects: [
        { type: 'save', memory: back.memory },
        { type: 'start', release: back.to },
      ],
    };
  }
  const untouched = phase.at === 'verifying' || phase.at === 'tasting';
  if (untouched && back.to?.hash === good?.hash) {
    return {
      state: { ...state, memory: back.memory, phase: { at: 'steady' } },
      effects: [
        { type: 'save', memory: back.memory },
        tell({ type: 'back', rollout, from, hash: good?.hash ?? null }),
      ],
    };
  }
  return goBack(state, { ...back, rollout, from }, now, limits);
}

/** An offer that was not taken: the instance goes on as it was. */
export function refuse(state: InstanceState, offer: Offer, reason: Reason): Stepped {
  return stay({ ...state, phase: { at: 'steady' } }, tell(refusedMessage(offer, reason, false)));
}

/**
 * The taste failed. This attempt is over: an offer of it that was sent again meanwhile is not tasted again.
 */
export function refuseTasted(state: InstanceState, offer: Offer, reason: Reason): Stepped {
  const memory = withRefused(state.memory, offer.rollout, offer.attempt);
  return {
    state: { ...state, memory, phase: { at: 'steady' } },
    effects: [{ type: 'save', memory }, tell(refusedMessage(offer, reason, false))],
  };
}

/** A release that was switched to, or nearly, and is refused after all. */
export function withdraw(
  state: InstanceState,
  offer: Offer,
  { late, ...reason }: Reason & { late: boolean },
  now: number,
  limits: InstanceLimits,
): Stepped {
  const memory = withRefused(state.memory, offer.rollout, offer.attempt);
  return leave(state, offer, memory, refusedMessage(offer, reason, late), now, limits);
}

/** An attempt that ended with the process that it was lent to. */
export function gaveUp(state: InstanceState, rollout: string): Stepped {
  const memory = withRefused(state.memory, rollout, undefined);
  return { state: { ...state, memory }, effects: [{ type: 'save', memory }] };
}

/**
 * Late NACK of a release that is lent. A proved one is not left for it: the fault may be the server's; an
 * alarm says so. So it is with a value that the lent release did not change: going back would not mend it,
 * and what is lent may be what helps (a kill switch).
 */
export function valueFailed(
  state: InstanceState,
  event: InstanceEvent & { type: 'value_failed' },
  now: number,
  limits: InstanceLimits,
): Stepped {
  const { phase, good } = state;
  const { hash, unchanged = false } = event;
  const reason = reasonOf(event);
  const taking = phase.at === 'switching' || phase.at === 'lent' || phase.at === 'proving';
  const isLent = taking && phase.offer.release.hash === hash;
  if (isLent && !unchanged) return withdraw(state, phase.offer, { ...reason, late: true }, now, limits);
  const serves = phase.at === 'steady' || phase.at === 'verifying' || phase.at === 'tasting';
  // What is built in can be left for nothing; the log has it.
  if (good === null || !(isLent || (serves && good.hash === hash))) return stay(state);
  return stay(state, tell({ type: 'refused', rollout: null, hash: good.hash, ...reason, late: true }));
}

/** R1, R5: what time alone brings about. */
export function overdue(state: InstanceState, now: number, limits: InstanceLimits): Stepped {
  const { phase } = state;
  if (phase.at === 'lent') {
    if (!hasLapsed(phase.lease, now)) return stay(state);
    const { rollout, release } = phase.offer;
    const message = { type: 'lease_lost', rollout, hash: release.hash } as const;
    // Nobody spoke against the release: control may lend it again, with a new order.
    return leave(state, phase.offer, state.memory, message, now, limits);
  }
  if (!('deadlineAt' in phase) || now < phase.deadlineAt) return stay(state);
  switch (phase.at) {
    case 'verifying':
      return refuse(state, phase.envelope.body, { cause: `not verified within ${limits.verifyMs} ms` });
    case 'tasting':
      return refuseTasted(state, phase.offer, { cause: `not tasted within ${limits.tasteMs} ms` });
    case 'switching': {
      const cause = `not switched within ${limits.switchMs} ms`;
      return withdraw(state, phase.offer, { cause, late: false }, now, limits);
    }
    case 'proving': {
      const cause = `not written to the ring within ${limits.saveMs} ms`;
      return withdraw(state, phase.offer, { cause, late: true }, now, limits);
    }
    case 'returning':
      // The swap itself hangs: the next boot takes the proved-good release from disk.
      return stay({ ...state, phase: { ...phase, deadlineAt: now + limits.switchMs } }, { type: 'restart' });
    default:
      return phase satisfies never;
  }
}

export function refusedMessage(
  offer: Offer,
  reason: Reason,
  late: boolean,
  because?: Untried,
): InstanceMessage {
  const message = {
    type: 'refused',
    rollout: offer.rollout,
    hash: offer.release.hash,
    ...reason,
    late,
  } as const;
  return because === undefined ? message : { ...message, because };
}

export function reasonOf({ key, cause }: Reason): Reason {
  return key === undefined ? { cause } : { key, cause };
}

function leave(
  state: InstanceState,
  { rollout, release }: Offer,
  memory: Memory,
  message: InstanceMessage,
  now: number,
  limits: InstanceLimits,
): Stepped {
  const left = goBack(state, { memory, to: state.good, rollout, from: release.hash }, now, limits);
  return { ...left, effects: [...left.effects, tell(message)] };
}

interface WayBack {
  memory: Memory;
  to: Release | null;
}

function goBack(
  state: InstanceState,
  { memory, to, rollout, from }: WayBack & { rollout: string | null; from: string },
  now: number,
  limits: InstanceLimits,
): Stepped {
  // The swap goes first: a disk that hangs must not hold it up.
  const effects: InstanceEffect[] = [
    { type: 'switch', to },
    { type: 'save', memory },
  ];
  const phase = { at: 'returning', rollout, from, to, deadlineAt: now + limits.switchMs } as const;
  return { state: { ...state, memory, good: to, phase }, effects };
}

/**
 * Where undo leads: the release asked for, if it was proved here and not undone since; else the proved-good
 * one that is not `from`. Control may ask for what was undone here before it heard of that. What was proved
 * after the one that it leads to is left with `from`: the next undo must not lead forward.
 */
function wayBack(memory: Memory, good: Release | null, from: string, to: string | null): WayBack {
  const ring = withUndone(memory.ring, from);
  const asked = ring.entries.findIndex(({ release: { hash } }) => hash === to && !ring.undone.includes(hash));
  const entry = ring.entries[asked];
  if (entry !== undefined) {
    const passed = ring.entries.slice(0, asked).map(({ release }) => release.hash);
    const left = passed.reduce(withUndone, ring);
    return {
      memory: { ...memory, ring: withProved(left, entry.release, entry.provedAt, entry.vouch) },
      to: entry.release,
    };
  }
  const left = good?.hash === from ? proved(ring, memory.failedBoots) : good;
  return { memory: { ...memory, ring }, to: left };
}

/** The release that an offer is bringing in, from verification to the ring. */
function comingRelease({ phase }: InstanceState): { rollout: string; hash: string } | undefined {
  if (phase.at === 'verifying') {
    const { rollout, release } = phase.envelope.body;
    return { rollout, hash: release.hash };
  }
  return 'offer' in phase ? { rollout: phase.offer.rollout, hash: phase.offer.release.hash } : undefined;
}

function withoutRollout(memory: Memory, rollout: string | null): Memory {
  if (rollout === null || memory.undoneRollouts.includes(rollout)) return memory;
  return { ...memory, undoneRollouts: [...memory.undoneRollouts, rollout].slice(-REMEMBERED_UNDONE) };
}

/** `attempt`: of the offer; the first names none. */
function withRefused(memory: Memory, rollout: string, attempt = 1): Memory {
  const { [rollout]: before = 0, ...others } = memory.refusedRollouts;
  const all = [...Object.entries(others), [rollout, Math.max(before, attempt)] as const];
  return { ...memory, refusedRollouts: Object.fromEntries(all.slice(-REMEMBERED_UNDONE)) };
}

/** The rollout that proved a release of the ring here, where that is known. */
function provedBy({ ring }: Memory, hash: string): string | undefined {
  return ring.entries.find(({ release }) => release.hash === hash)?.vouch?.rollout;
}
