import { arrivalMs } from '../../../platform/arrival.ts';
import { isFinished } from '../../../rollout/machine/phases.ts';
import { mayHave, named } from '../../../rollout/machine/rollback.ts';
import type { InstanceRegistry } from '../../agents/registry.ts';
import type { Asked } from '../../agreement/agree.ts';
import type { StoredJudgement } from '../../alarms/store.ts';
import type { Ordered } from '../../store/assignments.ts';
import { type Command, leftBy } from '../../store/commands.ts';
import type { Fate, Served, StoredRollout } from '../../store/rollouts.ts';
import { LATELY_MS } from '../../undo/candidates.ts';
import type { LeaderStore } from '../ports.ts';
import { type ActiveRollout, activeRollout } from './active-rollout.ts';

/** What a leader holds in memory for its term: read from the store, and written through it. */
export interface WorkingSet {
  readonly fence: number;
  /** How many instances will come, as far as the store knows. */
  readonly expected: number;
  /**
   * Until then silence counts for nothing: the instances are looking for this process. `null`: all are here.
   */
  gatherUntil: number | null;
  active: readonly ActiveRollout[];
  /**
   * The releases in force of services that have something on their way: an undo may be about them, and must
   * not wait for the store.
   */
  inForce: readonly ActiveRollout[];
  /** Rollouts that were decided to go back, written or not: nothing forward of them is said any more. */
  readonly goingBack: Set<string>;
  /** The last order for each instance, by service and name. */
  readonly words: Map<string, Ordered>;
  /** The releases that were served with when the rollouts were read last, by service and hash. */
  served: ReadonlySet<string>;
  /** What became of those of them that the store has. */
  fates: ReadonlyMap<string, Fate>;
  /** The highest order that was given. */
  order: number;
  /** The release that instances are asked to show, by service. */
  readonly asked: Map<string, Asked | undefined>;
  /** How the release in force is judged, by service. */
  readonly judgements: Map<string, StoredJudgement>;
  /** Since when the instances are heard here. */
  listensSince: number;
}

/** What reading it takes. `known`: rollouts of this process, which are newer here at the same version. */
export interface Reading {
  readonly store: LeaderStore;
  readonly registry: InstanceRegistry;
  readonly known: readonly ActiveRollout[];
  readonly now: number;
}

/** A new leader's working set, and what went back of late. */
export async function readWorkingSet(
  reading: Reading,
  { fence, order, gatherMs }: { fence: number; order: number; gatherMs: number },
): Promise<{ held: WorkingSet; ended: readonly StoredRollout[] }> {
  const { store, registry, now } = reading;
  const legacy = await store.takeOver({ endedSince: now - LATELY_MS });
  const { expected, ended } = legacy;
  registry.recall(legacy.acknowledged);
  const held: WorkingSet = {
    fence,
    expected,
    gatherUntil: now + Math.max(gatherMs, arrivalMs(expected)),
    ...(await readRollouts(reading)),
    goingBack: new Set(),
    words: new Map(legacy.words.map((word) => [wordKey(word), word])),
    order,
    asked: new Map(),
    judgements: new Map(legacy.judgements),
    listensSince: now,
  };
  return { held, ended };
}

/** The part of it that changes with what is decided, and with who turns up. */
export async function readRollouts(
  reading: Reading,
): Promise<Pick<WorkingSet, 'active' | 'inForce' | 'served' | 'fates'>> {
  const { store, registry } = reading;
  const served = servedBy(registry, registry.services());
  const stored = await store.rollouts(served);
  const active = await Promise.all(stored.active.map((each) => load(reading, each)));
  const others = stored.inForce.filter(({ id }) => active.every((each) => each.id !== id));
  const inForce = await Promise.all(others.map((each) => load({ ...reading, known: active }, each)));
  return { active, inForce, served: new Set(served.map(servedKey)), fates: stored.fates };
}

/**
 * Whether somebody serves with a release that nobody did when the rollouts were read, where nothing is under
 * way. A draft is not yet.
 */
export function hasStranger({ active, served }: WorkingSet, registry: InstanceRegistry): boolean {
  const isUnderWay = ({ state: { phase } }: ActiveRollout) => phase.at !== 'draft' && !isFinished(phase.at);
  const busy = new Set(active.filter(isUnderWay).map(({ service }) => service));
  const idle = registry.services().filter((service) => !busy.has(service));
  return servedBy(registry, idle).some((each) => !served.has(servedKey(each)));
}

function servedBy(registry: InstanceRegistry, services: readonly string[]): Served[] {
  return services.flatMap((service) => [...registry.running(service)].map((hash) => ({ service, hash })));
}

function servedKey({ service, hash }: Served): string {
  return `${service} ${hash}`;
}

/**
 * Those that commands are about and nobody drives: releases undone while another is on its way, or long after
 * they were proved.
 */
export async function readNamed(reading: Reading, commands: readonly Command[]): Promise<ActiveRollout[]> {
  const found: ActiveRollout[] = [];
  for (const name of new Set(commands.flatMap(leftBy))) {
    if ([...reading.known, ...found].some(({ id }) => id === name)) continue;
    const stored = await reading.store.findRollout(name);
    if (stored !== undefined) found.push(await load(reading, stored));
  }
  return found;
}

/** Whether everybody who may have a release that is under way is heard here. */
export function allHere({ active }: WorkingSet, registry: InstanceRegistry): boolean {
  return active
    .filter(({ state }) => !isFinished(state.phase.at))
    .every(({ service, state }) =>
      named(state).every(
        ([instance, progress]) => !mayHave(progress) || registry.member(service, instance) !== undefined,
      ),
    );
}

export function wordKey({ service, instance }: { service: string; instance: string }): string {
  return `${service} ${instance}`;
}

async function load({ store, known, now }: Reading, stored: StoredRollout): Promise<ActiveRollout> {
  const same = known.find(({ id, version }) => id === stored.id && version === stored.version);
  return same ?? activeRollout(stored, await store.offered(stored, now), now);
}
