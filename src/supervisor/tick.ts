const TICK_MS = 50;

/**
 * Calls `tick` twenty times a second, with the milliseconds for which this process itself could hear nothing:
 * silence of another in that time says nothing of the other. Returns what ends it.
 */
export function keepTicking(tick: (deafMs: number) => void): () => void {
  let last = performance.now();
  const ticking = setInterval(() => {
    const gap = performance.now() - last;
    last += gap;
    tick(gap > 2 * TICK_MS ? gap - TICK_MS : 0);
  }, TICK_MS);
  return () => clearInterval(ticking);
}
