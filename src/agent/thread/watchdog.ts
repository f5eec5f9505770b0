import type { LastWill } from '../disk/last-will.ts';
import type { InstanceView } from '../link/instance-view.ts';
import type { CounterReader } from './counters.ts';

/** How often the serving loop says that it moves; slower than this is a stall. */
export const LOOP_BEAT_MS = 50;

export interface Watched {
  readonly now: number;
  readonly counters: Pick<CounterReader, 'beatAt' | 'handled' | 'moveBy'>;
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
 * Whether the process must be ended, because its serving loop is blocked and would have to move: R6 knows no
 * sick instance, a lease ends on time (R5), and so does a switch (R1). The next boot starts with what was
 * proved, and with this will; `null`: without one.
 */
export function mustEnd(watched: Watched): { will: LastWill | null } | undefined {
  const { now, counters, view, undo, blockedMs } = watched;
  if (stalledMs(watched) < blockedMs) return undefined;
  if (undo !== undefined && counters.handled < undo.position && now - undo.at >= blockedMs)
    return { will: undo.will };
  if (counters.moveBy === null || now < counters.moveBy) return undefined;
  const { rollout, coming } = view;
  const lost = rollout !== null && coming !== null;
  return { will: lost ? { type: 'lease_lost', rollout, hash: coming } : null };
}
