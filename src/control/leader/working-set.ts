import { arrivalMs } from '../../platform/arrival.ts';
import type { Database } from '../../platform/database/database.ts';
import { mayHave, named } from '../../rollout/machine/rollback.ts';
import type { TrustedKey, Verify } from '../../rollout/signed/signed.ts';
import type { InstanceRegistry } from '../agents/registry.ts';
import type { Asked } from '../agreement/agree.ts';
import { storedOrder } from '../agreement/epoch.ts';
import { readJudgements, type StoredJudgement } from '../alarms/store.ts';
import { allAssignments, type Ordered } from '../store/assignments.ts';
import { type Command, leftBy } from '../store/commands.ts';
import { countLately, readAcknowledgements } from '../store/instances.ts';
import {
  activeRollouts,
  type Fate,
  fatesOf,
  findRollout,
  isFinished,
  rolloutsEndedSince,
  rolloutsInForce,
  type Served,
  type StoredRollout,
} from '../store/rollouts.ts';
import { type Known, LATELY_MS } from '../undo/standing.ts';
import { type ActiveRollout, loadActiveRollout } from './active-rollout.ts';

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
  /** What went back of late, by its id, and when: whoever orders an undo now may mean it. */
  readonly left: Map<string, { readonly at: number; readonly known: Known }>;
  /** The last word for each instance, by service and name. */
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

export interface Source {
  database: Database;
  keys: () => readonly TrustedKey[];
  verify: Verify;
}

/**
 * A new leader's memory. Rollouts this process knows already, at the same version, are newer here than in the
 * store.
 */
export async function readWorkingSet(
  source: Source,
  {
    fence,
    known,
    registry,
    gatherMs,
    now,
  }: {
    fence: number;
    known: readonly ActiveRollout[];
    registry: InstanceRegistry;
    gatherMs: number;
    now: number;
  },
): Promise<WorkingSet> {
  registry.recall(await readAcknowledgements(source.database));
  const expected = await countLately(source.database);
  const words = (await allAssignments(source.database)).map((word) => [wordKey(word), word] as const);
  const rollouts = await readRollouts(source, { known, registry, now });
  const ended = await rolloutsEndedSince(source.database, null, now - LATELY_MS);
  return {
    fence,
    expected,
    gatherUntil: now + Math.max(gatherMs, arrivalMs(expected)),
    ...rollouts,
    goingBack: new Set(),
    left: new Map(ended.map((each) => [each.id, { at: each.updatedAt.getTime(), known: each }])),
    words: new Map(words),
    order: await storedOrder(source.database),
    asked: new Map(),
    judgements: await readJudgements(source.database),
    listensSince: now,
  };
}

/** The part of a leader's memory that changes with what it decides, and with who turns up. */
export async function readRollouts(
  source: Source,
  { known, registry, now }: { known: readonly ActiveRollout[]; registry: InstanceRegistry; now: number },
): Promise<Pick<WorkingSet, 'active' | 'inForce' | 'served' | 'fates'>> {
  const served = servedBy(registry, registry.services());
  const stored = await activeRollouts(source.database, served);
  const active = await Promise.all(stored.map((each) => load(source, each, known, now)));
  const inForce = await readInForce(source, active, now);
  const fates = await fatesOf(source.database, served);
  return { active, inForce, served: new Set(served.map(servedKey)), fates };
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

async function readInForce(
  source: Source,
  active: readonly ActiveRollout[],
  now: number,
): Promise<readonly ActiveRollout[]> {
  const others = (await rolloutsInForce(source.database)).filter(({ id }) =>
    active.every((each) => each.id !== id),
  );
  return Promise.all(others.map((stored) => load(source, stored, active, now)));
}

/**
 * Those that commands are about and nobody drives: releases undone while another is on its way, or long after
 * they were proved.
 */
export async function readNamed(
  source: Source,
  active: readonly ActiveRollout[],
  commands: readonly Command[],
  now: number,
): Promise<ActiveRollout[]> {
  const found: ActiveRollout[] = [];
  for (const name of new Set(commands.flatMap(leftBy))) {
    if ([...active, ...found].some(({ id }) => id === name)) continue;
    const stored = await findRollout(source.database, name);
    if (stored !== undefined) found.push(await load(source, stored, active, now));
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

function load(
  { database, keys, verify }: Source,
  stored: StoredRollout,
  known: readonly ActiveRollout[],
  now: number,
): Promise<ActiveRollout> | ActiveRollout {
  const same = known.find(({ id, version }) => id === stored.id && version === stored.version);
  return same ?? loadActiveRollout(stored, { database, keys: keys(), verify, now });
}
