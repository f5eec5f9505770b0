import { arrivalMs } from '../platform/arrival.ts';
import type { Database } from '../platform/database.ts';
import { mayHave, named } from '../rollout/rollback.ts';
import type { TrustedKey, Verify } from '../rollout/signed.ts';
import { allAssignments, type Ordered } from './assignments.ts';
import type { Command } from './commands.ts';
import { type Driven, loadDriven } from './driven.ts';
import { countLately, readAcknowledgements } from './instances.ts';
import {
  currentRollout,
  drivenRollouts,
  findRollout,
  isFinished,
  rolloutsInForce,
  type StoredRollout,
} from './rollouts.ts';
import type { Roster } from './roster.ts';

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
  /** The last word for each instance, by service and name. */
  readonly words: Map<string, Ordered>;
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
  const driven = await readDriven(source, known, now);
  const inForce = await readInForce(source, driven, now);
  return {
    fence,
    expected,
    gatherUntil: now + Math.max(gatherMs, arrivalMs(expected)),
    driven,
    inForce,
    words: new Map(words),
  };
}

export async function readInForce(
  source: Source,
  driven: readonly Driven[],
  now: number,
): Promise<readonly Driven[]> {
  const others = (await rolloutsInForce(source.database)).filter(({ id }) =>
    driven.every((each) => each.id !== id),
  );
  return Promise.all(others.map((stored) => load(source, stored, driven, now)));
}

export async function readDriven(
  source: Source,
  known: readonly Driven[],
  now: number,
): Promise<readonly Driven[]> {
  return Promise.all(
    (await drivenRollouts(source.database)).map((stored) => load(source, stored, known, now)),
  );
}

/** Those that commands are about and nobody drives: releases undone while another is on its way, or long after they were proved. */
export async function readNamed(
  source: Source,
  driven: readonly Driven[],
  commands: readonly Command[],
  now: number,
): Promise<Driven[]> {
  const found: Driven[] = [];
  for (const { kind, rollout, service } of commands) {
    if (rollout === null && kind !== 'undo') continue;
    const { database } = source;
    const stored =
      rollout === null ? await currentRollout(database, service) : await findRollout(database, rollout);
    const has = [...driven, ...found].some(({ id }) => id === stored?.id);
    if (stored !== undefined && !has) found.push(await load(source, stored, driven, now));
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
