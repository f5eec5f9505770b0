import type { Freeze } from '../../../rollout/machine/state.ts';
import type { Batch } from '../../agents/registry.ts';
import type { Command } from '../../store/commands.ts';
import type { ActiveRollout } from '../memory/active-rollout.ts';
import type { WorkingSet } from '../memory/working-set.ts';
import type { LeaderPorts } from '../ports.ts';
import { measuredTraffic } from '../traffic.ts';
import type { Situation } from './decide.ts';

/** What comes in to one turn, the same for all services. */
export interface Inbox {
  readonly commands: readonly Command[];
  /** Rollouts that commands are about, and that are not active. */
  readonly named: readonly ActiveRollout[];
  readonly freezes: readonly Freeze[];
  readonly now: number;
}

/** What the machines of one service are shown: of the inbox and of what its instances said, their part. */
export function situationOf(
  { registry, settings, signedEvents, keysOf, verify }: LeaderPorts,
  held: WorkingSet,
  { commands, named, freezes, now }: Inbox,
  batch: Batch,
): Situation {
  const { traffic, lostMs, policy } = settings();
  const { service } = batch;
  const ofService = (each: { service: string }) => each.service === service;
  const leftHere = new Set(
    batch.claims.flatMap(({ numbered: { message } }) =>
      message.type === 'undo_ordered_here' ? [message.from] : [],
    ),
  );
  const inForce = held.inForce.filter(({ state }) => leftHere.has(state.hash));
  return {
    active: [...held.active, ...inForce].filter(ofService),
    named: named.filter(ofService),
    commands: commands.filter(ofService),
    observed: {
      batch,
      freezes,
      lostMs,
      traffic: () => measuredTraffic(registry.rates(service, now), traffic),
      tallies: (pushed) => registry.tallies(service, pushed, now),
    },
    inForce: held.inForce.find(ofService),
    watching: {
      known: held.judgements.get(service)?.state,
      limits: policy.gate.facts,
      listensSince: held.listensSince,
    },
    known: {
      order: held.order,
      fates: held.fates,
      asked: held.asked.get(service),
      gathered: held.gatherUntil === null,
    },
    keys: keysOf(service),
    verify,
    approve: signedEvents.approve,
    now,
  };
}
