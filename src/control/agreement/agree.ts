import { isIntact } from '../../config/release.ts';
import { isFinished } from '../../rollout/machine/phases.ts';
import type { RolloutState } from '../../rollout/machine/state.ts';
import type { AgentMessage, ControlEvent } from '../../rollout/protocol.ts';
import { signerOf, type TrustedKey, type Verify } from '../../rollout/signed/signed.ts';
import type { Instance, InstanceClaim } from '../agents/registry.ts';
import type { ActiveRollout } from '../leader/memory/active-rollout.ts';
import { PRODUCTION, TESTING } from '../leader/turn/events.ts';
import type { Fate } from '../store/rollouts.ts';
import { HIGHEST_ORDER } from './epoch.ts';

/**
 * R18: control and fleet agree again by themselves. Each turn of the leader compares what the instances
 * report with what is in force. Most differences are mended by the rollout in force itself, which is offered
 * again to instances without it (`rollout/machine/offer-again.ts`), and by rollouts that were undone, which
 * are taken back from instances that turn up with them. What is left is decided here, in this order:
 *
 * | seen                                                                    | done                                                  |
 * | ----------------------------------------------------------------------- | ----------------------------------------------------- |
 * | an instance knows a higher order than any that control has given        | orders go on above it, and a new epoch begins         |
 * | an instance had undone what is in force, or under way                   | it is undone: an undo is never lost                   |
 * | as many production instances have proved a release that the store does  | one is asked to show it; it is adopted, if control    |
 * |   not know as have the one in force                                     |   signed its proof and nobody had it undone           |
 * | the one that is asked shows nothing that can be believed for 15 s       | what is in force is offered; if that is nothing, wait |
 * | what is built in is in force, and an instance has a proved release      | it is undone there by name                            |
 * | no receipt of what is in force is left                                  | testing is asked to sign again                        |
 *
 * While a release may be adopted, nothing is offered to anybody: the fleet is not moved to what an old backup
 * says. Nothing but the first two is done while a rollout is under way. Total, and pure.
 */
export interface Seen {
  readonly active: readonly ActiveRollout[];
  readonly instances: readonly Instance[];
  readonly claims: readonly InstanceClaim[];
  readonly known: Knowledge;
  readonly keys: readonly TrustedKey[];
  readonly verify: Verify;
  readonly lostMs: number;
  readonly now: number;
}

/** What control knows beside the rollouts that it drives. */
export interface Knowledge {
  /** The highest order that it has given. */
  readonly order: number;
  /**
   * Of the releases that somebody serves with, those that the store has: whether they were proved, or not, or
   * undone.
   */
  readonly fates: ReadonlyMap<string, Fate>;
  /** The release that it asks to be shown, and since when. */
  readonly asked: Asked | undefined;
  /** Whether all who were expected have had the time to be heard: a few do not speak for the fleet. */
  readonly gathered: boolean;
}

export interface Asked {
  readonly hash: string;
  readonly since: number;
}

export interface Agreed {
  readonly raiseTo: number | null;
  readonly undone: readonly { readonly rollout: string; readonly instance: string }[];
  /** To be said now, and again while it is returned. */
  readonly says: readonly Said[];
  readonly adopt: Adoption | null;
  /** What the store does not know, and most have; also when it has been asked for in vain. */
  readonly unknown: string | null;
  /** Nothing that is in force is offered in this turn. */
  readonly waits: boolean;
}

export interface Said {
  readonly instance: string;
  readonly event: ControlEvent & { type: 'show' | 'undo' };
}

export interface Adoption {
  readonly shown: AgentMessage & { type: 'shown' };
  readonly by: string;
  readonly having: readonly string[];
  readonly members: readonly Instance[];
}

export const SHOW_WITHIN_MS = 15_000;

export function agree(seen: Seen): Agreed {
  const { active, instances } = seen;
  const order = instances.reduce((most, { report }) => Math.max(most, report.order ?? 0), 0);
  const undone = active.flatMap(({ id, state }) => {
    if (state.phase.at === 'draft' || (isFinished(state.phase.at) && state.phase.at !== 'proved')) return [];
    if (state.phase.at === 'rolling_back') return [];
    const had = instances.find(({ report }) => report.undone?.includes(id));
    return had === undefined ? [] : [{ rollout: id, instance: had.instance }];
  });
  const first = {
    raiseTo: order > seen.known.order && order <= HIGHEST_ORDER ? order : null,
    undone,
  };
  const quiet: Agreed = { ...first, says: [], adopt: null, unknown: null, waits: false };
  if (undone.length > 0 || active.some(({ state }) => !isFinished(state.phase.at))) return quiet;
  const inForce = active.find(({ state }) => state.phase.at === 'proved');
  const [candidate] = unknownReleases(seen, inForce?.state.hash ?? null);
  const unknown = candidate?.hash ?? null;
  if (candidate !== undefined) {
    if (!seen.known.gathered) return { ...quiet, waits: true };
    const { asked } = seen.known;
    if (asked?.hash !== unknown || seen.now - asked.since <= SHOW_WITHIN_MS)
      return adopting({ ...quiet, unknown, waits: true }, seen, candidate);
  }
  return { ...quiet, unknown, says: [...leaving(seen, inForce?.state), ...signing(seen, inForce)] };
}

interface Candidate {
  readonly hash: string;
  readonly having: readonly string[];
}

/**
 * Releases that the store does not know, and that no fewer production instances have proved than have the one
 * in force.
 */
function unknownReleases({ known, ...seen }: Seen, inForce: string | null): Candidate[] {
  const settled = seen.instances.filter((each) => each.environment === PRODUCTION && isSettled(each, seen));
  const byHash = Map.groupBy(settled, ({ report }) => report.running);
  const agreeing = inForce === null ? 0 : (byHash.get(inForce)?.length ?? 0);
  return [...byHash]
    .flatMap(([hash, having]): Candidate[] => {
      if (hash === null || hash === inForce || known.fates.has(hash)) return [];
      return having.length < agreeing ? [] : [{ hash, having: having.map(({ instance }) => instance) }];
    })
    .toSorted((a, b) => b.having.length - a.having.length || (a.hash < b.hash ? -1 : 1));
}

/** It is heard, and serves for good with what it has. */
function isSettled({ heardAt, report }: Instance, { now, lostMs }: Pick<Seen, 'now' | 'lostMs'>): boolean {
  return now - heardAt <= lostMs && report.phase === 'steady' && report.running === report.good;
}

function adopting(quiet: Agreed, seen: Seen, { hash, having }: Candidate): Agreed {
  for (const { instance, numbered } of seen.claims) {
    const { message } = numbered;
    if (message.type !== 'shown' || message.release.hash !== hash) continue;
    if (!isBelieved(message, instance, seen)) continue;
    const members = seen.instances.filter(({ environment }) => [TESTING, PRODUCTION].includes(environment));
    return { ...quiet, adopt: { shown: message, by: instance, having, members } };
  }
  // Another one each second, because one may be deaf.
  const asked = having[Math.floor(seen.now / 1_000) % having.length];
  const says: Said[] = asked === undefined ? [] : [{ instance: asked, event: { type: 'show', hash } }];
  return { ...quiet, says };
}

/** What is asked for after this turn. */
export function askedAfter(asked: Asked | undefined, { unknown }: Agreed, now: number): Asked | undefined {
  if (unknown === null) return undefined;
  return asked?.hash === unknown ? asked : { hash: unknown, since: now };
}

/** Control itself sent this very instance the proof of this release, and nobody had it undone since. */
function isBelieved(
  { release, vouch }: AgentMessage & { type: 'shown' },
  instance: string,
  { keys, verify, instances }: Seen,
): boolean {
  const { proof, rollout } = vouch;
  const { body } = proof;
  const names = body.hash === release.hash && body.instance === instance && body.rollout === rollout;
  const service = instances.find((each) => each.instance === instance)?.service;
  if (!names || release.service !== service || !isIntact(release)) return false;
  if (instances.some(({ report }) => report.undone?.includes(rollout))) return false;
  try {
    return signerOf(proof, keys, verify)?.role === 'control';
  } catch {
    // No canonical form: nobody can have signed it.
    return false;
  }
}

/**
 * Where what is built in is in force, a release that was proved once is left by name. What control does not
 * know it leaves alone.
 */
function leaving({ known, ...seen }: Seen, inForce: RolloutState | undefined): Said[] {
  if (inForce !== undefined) return [];
  return seen.instances.flatMap((each): Said[] => {
    const { running } = each.report;
    if (running === null || known.fates.get(running) !== 'proved' || !isSettled(each, seen)) return [];
    const event = { type: 'undo' as const, rollout: null, from: running, to: null };
    return [{ instance: each.instance, event }];
  });
}

function signing(seen: Seen, inForce: ActiveRollout | undefined): Said[] {
  if (inForce === undefined || inForce.offered === null) return [];
  if (inForce.offered.receipts.some(({ body }) => body.expiresAt > seen.now)) return [];
  const { hash } = inForce.state;
  return seen.instances
    .filter((each) => each.environment === TESTING && each.report.running === hash && isSettled(each, seen))
    .map(({ instance }): Said => ({ instance, event: { type: 'show', hash } }));
}
