import { closeWindow, withReports } from './evidence.ts';
import { admit, leaveFleet } from './fleet.ts';
import { applyBeats, applyClaim } from './instance-claims.ts';
import { allAfresh } from './offer-again.ts';
import { goOn, proceed, submit, watch } from './progress.ts';
import { andThen, enter, goOnRollingBack, journalled, named, rollBack, withProgress } from './rollback.ts';
import type { Decided, RolloutEffect, RolloutEvent, RolloutPolicy, RolloutState } from './state.ts';

/** A rollout that nothing was done for yet. */
export function newRollout(facts: {
  id: string;
  hash: string;
  undoTo: string | null;
  author: string;
  policy: RolloutPolicy;
  switches?: readonly string[];
}): RolloutState {
  return {
    ...facts,
    phase: { at: 'draft' },
    instances: {},
    traffic: { rps: 0, probes: 0, deadlineMs: 0, lagMs: 0, maxWaitingPerInstance: 0 },
    baseline: {},
    receipts: [],
    approvals: [],
    breakGlass: false,
    freezes: [],
    waves: [],
    gate: null,
    pending: [],
    pendingSince: 0,
    verdict: null,
  };
}

/**
 * The decisions of control about one rollout: draft → testing → approval → waves → bake → rest → proved, and
 * from everywhere that ever offered anything → rolling back → rolled back. Total: an event that does not fit
 * changes nothing; a doubled, late or reordered one does no harm. The whole table is in `transitions.ts`.
 * `now`: ms since the epoch.
 */
export function step(state: RolloutState, event: RolloutEvent, now: number): Decided {
  const { phase } = state;
  switch (event.type) {
    // R6: first in this list because it depends on nothing below.
    case 'undo': {
      const { state: next, effects } = rollBack(state, `undone by ${event.by}: ${event.reason}`, now);
      return {
        state: next,
        effects: [...effects, journalled({ what: 'undo', by: event.by, reason: event.reason })],
      };
    }
    case 'submit':
      return phase.at === 'draft' ? submit(state, event, now) : refuse(state, 'it was submitted before');
    case 'baseline':
      if (state.gate !== null) return same(state);
      return same({ ...state, baseline: event.tallies, traffic: event.traffic });
    case 'receipt':
      return receipt(state, event, now);
    case 'approve':
      return approve(state, event, now);
    case 'reject':
      if (phase.at !== 'awaiting_approval') {
        return refuse(state, `it is ${phase.at}; undo ends it at any time`);
      }
      return rollBack(state, `rejected by ${event.person}: ${event.reason}`, now);
    case 'confirm':
      if (phase.at !== 'waiting') return refuse(state, notReady(state));
      return proceed({ ...state, phase: { ...phase, confirmed: true } }, now);
    case 'freeze':
      return same({ ...state, freezes: event.freezes });
    case 'joined':
      return admit(state, event.member, event.environment, now);
    case 'left':
      return leaveFleet(state, event, now);
    case 'claimed':
      return applyClaim(state, event, now);
    case 'beats':
      return applyBeats(state, event.beats, now);
    case 'outcomes':
      if (state.gate === null) return same(state);
      return watch(withReports(state, event.reports, now), now);
    case 'resume':
      return same(withProgress(state, Object.keys(state.instances), { heardAt: now, assumedAt: now }));
    case 'again':
      return same(allAfresh(state, now));
    case 'tick':
      return tick(state, now);
    default:
      return event satisfies never;
  }
}

/** What time alone brings about. */
function tick(state: RolloutState, now: number): Decided {
  return andThen(goOnRollingBack(closeWindow(state, now), now), (closed) =>
    andThen(watch(closed, now), (watched) => proceed(watched, now)),
  );
}

/** R2: production is not asked for before every testing instance has signed. One that failed ends it. */
function receipt(
  state: RolloutState,
  { instance, passed, cause }: RolloutEvent & { type: 'receipt' },
  now: number,
): Decided {
  if (state.phase.at !== 'testing' || state.instances[instance]?.environment !== 'testing') {
    return same(state);
  }
  if (!passed) return rollBack(state, `${instance} says that it failed in testing: ${cause}`, now);
  if (state.receipts.includes(instance)) return same(state);
  const next = { ...state, receipts: [...state.receipts, instance] };
  const missing = named(next).filter(
    ([name, { environment, has }]) =>
      environment === 'testing' && has !== 'gone' && has !== 'old' && !next.receipts.includes(name),
  );
  if (missing.length > 0) return same(next);
  const deadlineAt = now + state.policy.patienceMs;
  return andThen(
    enter(next, { at: 'awaiting_approval', deadlineAt }, `${next.receipts.length} receipts from testing`),
    (tested) => approved(tested, now),
  );
}

function approve(
  state: RolloutState,
  { person, breakGlass }: RolloutEvent & { type: 'approve' },
  now: number,
): Decided {
  const { phase, policy } = state;
  const isEarly = phase.at === 'draft' || phase.at === 'testing' || phase.at === 'awaiting_approval';
  // What waits for a freeze before its first wave may still be put on the emergency way.
  const isHeld = phase.at === 'waiting' && phase.next === 0 && breakGlass;
  if (!isEarly && !isHeld) return refuse(state, `it is ${phase.at}`);
  // Where a change needs nobody but its author, so does the emergency way.
  const isAlone = policy.people === 0 && breakGlass;
  if (person === state.author && !isAlone) return refuse(state, 'the author’s own approval does not count');
  if (state.approvals.some((each) => each.person === person && each.breakGlass === breakGlass)) {
    return same(state);
  }
  const next = { ...state, approvals: [...state.approvals, { person, breakGlass }] };
  const decided = approved(next, now);
  return {
    state: decided.state,
    effects: [journalled({ what: 'approval', person, breakGlass }), ...decided.effects],
  };
}

/**
 * Goes on to the first wave when enough people have approved; break-glass takes as many as any change, and
 * one who asks for it.
 */
function approved(state: RolloutState, now: number): Decided {
  const { phase, policy } = state;
  const count = (urgent: boolean) => state.approvals.filter((each) => each.breakGlass === urgent).length;
  const breakGlass = count(true) >= Math.max(1, policy.people);
  if (phase.at === 'waiting') return breakGlass ? proceed({ ...state, breakGlass }, now) : same(state);
  if (phase.at !== 'awaiting_approval') return same(state);
  if (!breakGlass && count(false) < policy.people) return same(state);
  return goOn({ ...state, breakGlass }, 0, null, now);
}

function notReady({ phase, verdict }: RolloutState): string {
  if (verdict?.kind !== 'hold') return `it is ${phase.at}`;
  const { missing, etaMs } = verdict.evidence;
  const eta = etaMs === null ? '' : `, expected in ${Math.ceil(etaMs / 1000)} s`;
  return `not proved yet (${verdict.reason}): ${missing ?? 'an unknown number of'} good outcomes are missing${eta}`;
}

function same(state: RolloutState): Decided {
  return { state, effects: [] };
}

function refuse(state: RolloutState, reason: string): Decided {
  const effect: RolloutEffect = { type: 'refuse', reason };
  return { state, effects: [effect] };
}
