import { arrivalMs } from '../../platform/arrival.ts';
import type { Database } from '../../platform/database.ts';
import { mayHave, named } from '../../rollout/machine/rollback.ts';
import type { TrustedKey, Verify } from '../../rollout/signed/signed.ts';
import type { Roster } from '../agents/registry.ts';
import type { Asked } from '../agreement/agree.ts';
import { storedOrder } from '../agreement/epoch.ts';
import { readJudgements, type StoredJudgement } from '../alarms/store.ts';
import { allAssignments, type Ordered } from '../store/assignments.ts';
import { type Command, leftBy } from '../store/commands.ts';
import { countLately, readAcknowledgements } from '../store/instances.ts';
import {
  drivenRollouts,
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
import { type Driven, loadDriven } from './active-rollout.ts';

/** What a leader holds in memory for its term: read from the store, and written through it. */
export interface Memory {
  readonly fence: number;
  /** How many instances will come, as far as the store knows. */
  readonly expected: number;
  /** Until then silence counts for nothing: the instances are looking for this process. `null`: all are here. */
  gatherUntil: number | null;
  driven: readonly Driven[];
  /** The releases in force of services that have something on their way: an undo may be about them, and must not wait for the store. */
  inForce: readonly Driven[];
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

/** A new leader's memory. Rollouts this process knows already, at the same version, are newer here than in the store. */
export async function readMemory(
  source: Source,
  {
    fence,
    known,
    roster,
    gatherMs,
    now,
  }: {
    fence: number;
    known: readonly Driven[];
    roster: Roster;
    gatherMs: number;
    now: number;
  },
): Promise<Memory> {
  roster.recall(await readAcknowledgements(source.database));
  const expected = await countLately(source.database);
  const words = (await allAssignments(source.database)).map((word) => [wordKey(word), word] as const);
  const rollouts = await readRollouts(source, { known, roster, now });
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
  { known, roster, now }: { known: readonly Driven[]; roster: Roster; now: number },
): Promise<Pick<Memory, 'driven' | 'inForce' | 'served' | 'fates'>> {
  const served = servedBy(roster, roster.services());
  const stored = await drivenRollouts(source.database, served);
  const driven = await Promise.all(stored.map((each) => load(source, each, known, now)));
  const inForce = await readInForce(source, driven, now);
  const fates = await fatesOf(source.database, served);
  return { driven, inForce, served: new Set(served.map(servedKey)), fates };
}

/**
 * Whether somebody serves with a release that nobody did when the rollouts were read, where nothing is under
 * way. A draft is not yet.
 */
export function hasStranger({ driven, served }: Memory, roster: Roster): boolean {
  const isUnderWay = ({ state: { phase } }: Driven) => phase.at !== 'draft' && !isFinished(phase.at);
  const busy = new Set(driven.filter(isUnderWay).map(({ service }) => service));
  const idle = roster.services().filter((service) => !busy.has(service));
  return servedBy(roster, idle).some((each) => !served.has(servedKey(each)));
}

function servedBy(roster: Roster, services: readonly string[]): Served[] {
  return services.flatMap((service) => [...roster.running(service)].map((hash) => ({ service, hash })));
}

function servedKey({ service, hash }: Served): string {
  return `${service} ${hash}`;
}

async function readInForce(
  source: Source,
  driven: readonly Driven[],
  now: number,
): Promise<readonly Driven[]> {
  const others = (await rolloutsInForce(source.database)).filter(({ id }) =>
    driven.every((each) => each.id !== id),
  );
  return Promise.all(others.map((stored) => load(source, stored, driven, now)));
}

/** Those that commands are about and nobody drives: releases undone while another is on its way, or long after they were proved. */
export async function readNamed(
  source: Source,
  driven: readonly Driven[],
  commands: readonly Command[],
  now: number,
): Promise<Driven[]> {
  const found: Driven[] = [];
  for (const name of new Set(commands.flatMap(leftBy))) {
    if ([...driven, ...found].some(({ id }) => id === name)) continue;
    const stored = await findRollout(source.database, name);
    if (stored !== undefined) found.push(await load(source, stored, driven, now));
  }
  return found;
}

/** Whether everybody who may have a release that is under way is heard here. */
export function allHere({ driven }: Memory, roster: Roster): boolean {
  return driven
    .filter(({ state }) => !isFinished(state.phase.at))
    .every(({ service, state }) =>
      named(state).every(
        ([instance, progress]) => !mayHave(progress) || roster.member(service, instance) !== undefined,
      ),
    );
}

export function wordKey({ service, instance }: { service: string; instance: string }): string {
  return `${service} ${instance}`;
}

function load(
  { database, keys, verify }: Source,
  stored: StoredRollout,
  known: readonly Driven[],
  now: number,
): Promise<Driven> | Driven {
  const same = known.find(({ id, version }) => id === stored.id && version === stored.version);
  return same ?? loadDriven(stored, { database, keys: keys(), verify, now });
}
