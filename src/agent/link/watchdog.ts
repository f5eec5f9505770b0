import type { CounterReader } from '../counters.ts';
import type { LastWill } from '../disk/last-will.ts';
import type { InstanceView } from './link.ts';

/** How often the serving loop says that it moves; slower than this is a stall. */
export const LOOP_BEAT_MS = 50;

export interface Watched {
  readonly now: number;
  readonly counters: Pick<CounterReader, 'beatAt' | 'handled' | 'leaseUntil'>;
  readonly view: InstanceView;
  /** The oldest undo handed to the serving loop: the how-manieth event it was, and when. */
  readonly undo: { readonly position: number; readonly at: number; readonly will: LastWill } | undefined;
  readonly blockedMs: number;
}

/** How long the serving loop has not moved, in ms. */
export function stalledMs({ now, counters }: Pick<Watched, 'now' | 'counters'>): number {
  return Math.max(0, now - counters.beatAt - LOOP_BEAT_MS);
}

/**
 * Whether the process must be ended, because its serving loop is blocked and would have to go back: R6 knows no sick
 * instance, and a lease ends on time (R5). The next boot starts with what was proved, and with this will.
 */
export function mustEnd(watched: Watched): LastWill | undefined {
  const { now, counters, view, undo, blockedMs } = watched;
  if (stalledMs(watched) < blockedMs) return undefined;
  if (undo !== undefined && counters.handled < undo.position && now - undo.at >= blockedMs) return undo.will;
  const { leaseUntil } = counters;
  if (leaseUntil === null || now < leaseUntil) return undefined;
  if (view.rollout === null || view.coming === null) return undefined;
  return { type: 'lease_lost', rollout: view.rollout, hash: view.coming };
}
