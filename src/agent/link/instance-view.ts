import type { Report } from '../../rollout/protocol.ts';

/**
 * What the link says of the instance in each report; sent again by the serving thread whenever it changes.
 */
export interface InstanceView {
  readonly phase: Report['phase'];
  readonly running: string | null;
  readonly good: string | null;
  readonly rollout: string | null;
  /** The release on its way in or lent; `null`: none. */
  readonly coming: string | null;
  /** Which release each of the latest stretches served with. */
  readonly stretches: readonly { readonly stretch: number; readonly hash: string | null }[];
  /** What undo may lead to, newest first. */
  readonly ring: readonly { readonly hash: string; readonly sequence: number }[];
  /** The highest order taken up. */
  readonly order: number;
  /** Rollouts that somebody had undone here. */
  readonly undone: readonly string[];
}
