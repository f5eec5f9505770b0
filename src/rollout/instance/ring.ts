import { type Static, Type } from 'typebox';
import type { Release } from '../../config/release.ts';
import { ApprovalBody } from '../signed/approval.ts';
import { ProofBody } from '../signed/lease.ts';
import { SignedBody } from '../signed/signed.ts';

/**
 * How a release came to be proved on an instance, signed by control: what a control whose store was restored
 * from an older backup needs to take it into its books again.
 */
export const Vouch = Type.Object({
  rollout: Type.String({ minLength: 1, maxLength: 200 }),
  undoTo: Type.Union([Type.String({ maxLength: 128 }), Type.Null()]),
  approvals: Type.Array(SignedBody(ApprovalBody), { maxItems: 16 }),
  proof: SignedBody(ProofBody),
});
export type Vouch = Static<typeof Vouch>;

/** A release that was proved under live traffic on this very instance. Never changed once written. */
export interface RingEntry {
  readonly release: Release;
  /** Milliseconds since the epoch. */
  readonly provedAt: number;
  /** What was proved by an earlier version has none. */
  readonly vouch?: Vouch;
}

/**
 * R7: what an instance may start with and go back to, newest first. `undone` names those among them that were
 * taken back since: they stay for the record, and are not chosen any more.
 */
export interface Ring {
  readonly entries: readonly RingEntry[];
  readonly undone: readonly string[];
}

export const EMPTY_RING: Ring = { entries: [], undone: [] };

/** How many releases that may be chosen are kept; R7 asks for three at least. */
export const RING_DEPTH = 5;
/** R9: how often in a row a release may fail to boot before the next older one is taken. */
const BOOT_TRIES = 2;

export function withProved(ring: Ring, release: Release, provedAt: number, vouch?: Vouch): Ring {
  const others = ring.entries.filter((entry) => entry.release.hash !== release.hash);
  const undone = ring.undone.filter((hash) => hash !== release.hash);
  const entries = [{ release, provedAt, ...(vouch && { vouch }) }, ...others];
  const kept = entries.filter((entry) => !undone.includes(entry.release.hash)).slice(0, RING_DEPTH);
  return { entries: kept, undone: [] };
}

export function withUndone(ring: Ring, hash: string): Ring {
  const known = ring.entries.some((entry) => entry.release.hash === hash);
  return known && !ring.undone.includes(hash) ? { ...ring, undone: [...ring.undone, hash] } : ring;
}

/** The release to serve with: the newest that may be chosen; `null`: what the service has built in. */
export function proved(ring: Ring, failedBoots: Readonly<Record<string, number>> = {}): Release | null {
  const entry = ring.entries.find(
    ({ release: { hash } }) => !ring.undone.includes(hash) && (failedBoots[hash] ?? 0) < BOOT_TRIES,
  );
  return entry?.release ?? null;
}
