import type { Report } from '../../rollout/protocol.ts';

/** Beats while something is new on an instance. */
const BEAT_MS = 250;
/** A leader takes so many idle beats a second with room to spare; a larger fleet beats more seldom. */
const IDLE_BEATS_PER_SECOND = 3_000;

/** When the next beat of an instance is due: often where something is new on it, seldom in a large fleet. */
export function nextBeatMs(
  phase: Report['phase'],
  { underWay, fleetSize, idleBeatMs }: { underWay: boolean; fleetSize: number; idleBeatMs: number },
): number {
  const idleMs = Math.max(idleBeatMs, (fleetSize / IDLE_BEATS_PER_SECOND) * 1_000);
  if (!underWay && phase === 'steady') return idleMs;
  return Math.min(phase === 'steady' ? idleMs : BEAT_MS * 2, Math.max(BEAT_MS, fleetSize));
}
