import { type Static, Type } from 'typebox';

/** Control says that the gate still finds the release healthy; answers one beat of one instance. */
export const RenewalBody = Type.Object({
  kind: Type.Literal('imara.renewal/1'),
  rollout: Type.String(),
  hash: Type.String(),
  instance: Type.String(),
  /** The beat it answers. */
  beat: Type.Integer({ minimum: 0 }),
  leaseMs: Type.Number({ minimum: 0 }),
});
export type Renewal = Static<typeof RenewalBody>;

/** Control says that the bake is over: the lease becomes permanent. */
export const ProofBody = Type.Object({
  kind: Type.Literal('imara.proof/1'),
  rollout: Type.String(),
  hash: Type.String(),
  instance: Type.String(),
});
export type Proof = Static<typeof ProofBody>;

/** What an instance allows at most, whatever an offer or renewal says. */
export interface LeaseCaps {
  readonly maxLeaseMs: number;
  /** Shorter: the emergency way has the smaller reach. */
  readonly maxBreakGlassLeaseMs: number;
}

export function longestLeaseMs(caps: LeaseCaps, breakGlass: boolean): number {
  return breakGlass ? Math.min(caps.maxBreakGlassLeaseMs, caps.maxLeaseMs) : caps.maxLeaseMs;
}

/**
 * R5: a release that is lent. Times are of the instance's own monotonic clock, so that no clock but its own
 * decides: a renewal counts from when the instance sent the beat it answers, however long the answer was on
 * its way.
 */
export interface Lease {
  readonly expiresAt: number;
  /** The latest beat a renewal answered; older answers change nothing. */
  readonly beat: number;
  /** What this instance's own rules allow at most, whatever a renewal says. */
  readonly maxMs: number;
}

export function lend(leaseMs: number, maxMs: number, now: number): Lease {
  return { expiresAt: now + Math.min(leaseMs, maxMs), beat: -1, maxMs };
}

/** `sentAt`: when the beat that the renewal answers was sent. A lapsed lease stays lapsed. */
export function renew(
  lease: Lease,
  renewal: Pick<Renewal, 'beat' | 'leaseMs'>,
  sentAt: number,
  now: number,
): Lease {
  if (hasLapsed(lease, now) || renewal.beat <= lease.beat) return lease;
  const until = Math.min(sentAt, now) + Math.min(renewal.leaseMs, lease.maxMs);
  return { ...lease, beat: renewal.beat, expiresAt: Math.max(lease.expiresAt, until) };
}

export function hasLapsed(lease: Lease, now: number): boolean {
  return now >= lease.expiresAt;
}
