import { isDueAgain, nextAttempt } from './offer-again.ts';
import { named, withProgress } from './rollback.ts';
import type { Decided, RolloutEffect, RolloutState } from './state.ts';

/** What instances are sent on the way forward: offers with their leases, and the order to keep a release. */

export function offer({ state, effects }: Decided, instances: readonly string[], now: number): Decided {
  const leaseMs = leaseOf(state);
  const leaseUntil = now + state.policy.takeMs + leaseMs;
  // Approvals are for production and are shown to nobody else, so that testing is offered nothing that takes
  // two of them.
  const isUrgent = (instance: string) =>
    state.breakGlass && state.instances[instance]?.environment === 'target';
  return {
    state: withProgress(state, instances, {
      has: 'offered',
      sentAt: now,
      lentAt: now,
      lentMs: leaseMs,
      heardAt: now,
      leaseUntil,
    }),
    effects: [
      ...effects,
      ...instances.flatMap((instance): RolloutEffect[] => {
        const known = state.instances[instance];
        if (known === undefined) return [];
        const attempt = nextAttempt(known);
        return [{ type: 'offer', instance, leaseMs, breakGlass: isUrgent(instance), attempt }];
      }),
    ],
  };
}

export function prove(state: RolloutState, now: number): Decided {
  const lent = named(state).filter(([, { has }]) => has === 'lent');
  const instances = lent.map(([instance]) => instance);
  return {
    state: withProgress(state, instances, { has: 'proving', sentAt: now, leaseUntil: null }),
    effects: instances.map((instance): RolloutEffect => ({ type: 'prove', instance })),
  };
}

/**
 * Level-triggered: an offer or a proof that was not answered is sent again, so that no lost message matters.
 */
export function repeat(state: RolloutState, now: number): Decided {
  const proved = state.phase.at === 'proved';
  const due = named(state).filter(([, { sentAt }]) => now - sentAt >= state.policy.repeatMs);
  const unanswered = due.filter(
    ([, progress]) =>
      progress.has === 'offered' || (proved && (progress.has === 'old' || isDueAgain(progress, now))),
  );
  const unproved = due.filter(([, { has }]) => has === 'proving' || (proved && has === 'lent'));
  const again = unproved.map(([instance]) => instance);
  const offered = offer(
    { state, effects: [] },
    unanswered.map(([instance]) => instance),
    now,
  );
  return {
    state: withProgress(offered.state, again, { has: 'proving', sentAt: now, leaseUntil: null }),
    effects: [...offered.effects, ...again.map((instance): RolloutEffect => ({ type: 'prove', instance }))],
  };
}

/** The lease of the wave that is open: the further it has come, the longer. */
export function leaseOf({ phase, waves, policy }: RolloutState): number {
  const wave = 'wave' in phase ? phase.wave : phase.at === 'waiting' ? phase.next - 1 : 0;
  const widest = phase.at === 'proved' ? waves.length - 1 : Math.max(0, wave);
  return waves[widest]?.leaseMs ?? policy.waves.leaseMs;
}
