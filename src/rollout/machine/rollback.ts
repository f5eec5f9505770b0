import type { HardFact } from '../gate/facts.ts';
import type { Decided, JournalEntry, Progress, RolloutEffect, RolloutPhase, RolloutState } from './state.ts';

/**
 * The way back of a rollout (R6). Nothing here reads an approval, a freeze, a verdict or an instance's
 * health: each instance that may have the release is ordered to go back, until it is back.
 */

/**
 * Undo, from every phase. Where it is done already, it is done again: that harms nobody and may help
 * somebody.
 */
export function rollBack(state: RolloutState, reason: string, now: number): Decided {
  const { at } = state.phase;
  if (at === 'rolled_back' || at === 'rolling_back') {
    const touched = named(state).filter(([, { has }]) => has !== 'old');
    return { state, effects: touched.map(([instance]) => undoEffect(state, instance)) };
  }
  if (at === 'aborted') return { state, effects: [] };
  if (at === 'draft') return enter(state, { at: 'aborted', reason }, reason);
  const { state: entered, effects } = enter(state, { at: 'rolling_back', reason }, reason);
  const told = orderBack(entered, now, 0);
  return { state: told.state, effects: [...told.effects, ...effects] };
}

/**
 * Tells those who have not answered again, counts those whose lease has run out, and ends when all are back.
 */
export function goOnRollingBack(state: RolloutState, now: number): Decided {
  const { phase } = state;
  if (phase.at !== 'rolling_back') return { state, effects: [] };
  const lapsed = named(state).filter(
    ([, progress]) => mayHave(progress) && progress.leaseUntil !== null && now >= progress.leaseUntil,
  );
  const without = withProgress(state, names(lapsed), { has: 'back' });
  const journal = lapsed.map(([instance]) => journalled({ what: 'back_by_lease', instance }));
  const done = !named(without).some(([, progress]) => mayHave(progress));
  const { reason } = phase;
  const next = done
    ? enter(without, { at: 'rolled_back', reason }, reason)
    : orderBack(without, now, state.policy.repeatMs);
  return { state: next.state, effects: [...next.effects, ...journal] };
}

/** An instance that turns out to have the release although the rollout has gone back, or was never begun. */
export function orderOneBack(state: RolloutState, instance: string, now: number): Decided {
  const known = state.instances[instance];
  if (known === undefined || now - known.sentAt < state.policy.repeatMs) return { state, effects: [] };
  return {
    state: withProgress(state, [instance], { sentAt: now }),
    effects: [undoEffect(state, instance)],
  };
}

export function factText(fact: HardFact): string {
  switch (fact.kind) {
    case 'refused':
      return `${fact.instance} refused it${fact.late ? ' after taking it' : ''}: ${fact.cause}`;
    case 'crashed':
      return `${fact.instance} crashed`;
    case 'boot_failed':
      return `${fact.instance} failed to boot with it twice, and serves with the one before`;
    case 'lease_lost':
      return `${fact.instance} lost its lease`;
    case 'silent':
      return `${fact.instance} has been silent for ${fact.forMs} ms`;
    case 'stalled':
      return `${fact.instance} stood still for ${fact.stalledMs} ms`;
    case 'overdue':
      return `${fact.instance} has ${fact.overdue} requests past their deadline where ${fact.budget} are borne`;
    case 'probes_failed':
      return `${fact.instance} failed ${fact.inARow} probes in a row while the others passed`;
    default:
      return fact satisfies never;
  }
}

export function mayHave({ has }: Progress): boolean {
  return has === 'offered' || has === 'lent' || has === 'proving' || has === 'proved';
}

export function named(state: RolloutState): [string, Progress][] {
  return Object.entries(state.instances);
}

/** The same change to some instances; one copy of the record, because there may be thousands. */
export function withProgress(
  state: RolloutState,
  instances: readonly string[],
  change: Partial<Progress>,
): RolloutState {
  const all: Record<string, Progress> = { ...state.instances };
  for (const instance of instances) {
    const known = all[instance];
    if (known !== undefined) all[instance] = { ...known, ...change };
  }
  return { ...state, instances: all };
}

export function names(instances: readonly [string, Progress][]): string[] {
  return instances.map(([instance]) => instance);
}

export function enter(state: RolloutState, phase: RolloutPhase, reason: string): Decided {
  const wave = 'wave' in phase ? phase.wave : null;
  return {
    state: { ...state, phase },
    effects: [journalled({ what: 'phase', from: state.phase.at, to: phase.at, wave, reason })],
  };
}

/** One decision after another; their effects in that order. */
export function andThen(decided: Decided, go: (state: RolloutState) => Decided): Decided {
  const next = go(decided.state);
  return { state: next.state, effects: [...decided.effects, ...next.effects] };
}

export function journalled(entry: JournalEntry): RolloutEffect {
  return { type: 'journal', entry };
}

function orderBack(state: RolloutState, now: number, quietMs: number): Decided {
  const due = named(state).filter(([, progress]) => mayHave(progress) && now - progress.sentAt >= quietMs);
  return {
    state: withProgress(state, names(due), { sentAt: now }),
    effects: due.map(([instance]) => undoEffect(state, instance)),
  };
}

function undoEffect(state: RolloutState, instance: string): RolloutEffect {
  return { type: 'undo', instance, from: state.hash, to: state.undoTo };
}
