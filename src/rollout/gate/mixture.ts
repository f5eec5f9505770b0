/**
 * A mixture of test martingales, kept in logs: one for each point of a grid, each begun again at every wave.
 * A restart is a snapshot of the running sums, so an event costs one addition for each point of the grid
 * however many waves have begun. Plain data: it survives a fail-over as JSON.
 */
export interface Mixture {
  /** Sum of the log factors so far, by point of the grid. */
  readonly sums: readonly number[];
  /** The sums as they were when each wave began. */
  readonly starts: readonly (readonly number[])[];
}

export function newMixture(gridSize: number): Mixture {
  return { sums: new Array<number>(gridSize).fill(0), starts: [] };
}

export function beginWave(mixture: Mixture): Mixture {
  return { ...mixture, starts: [...mixture.starts, mixture.sums] };
}

export function multiply(mixture: Mixture, logFactor: (point: number) => number): Mixture {
  return { sums: mixture.sums.map((sum, point) => sum + logFactor(point)), starts: mixture.starts };
}

/**
 * ln E, with E = Σ_s (1/S) · mean over the grid of Π factors since wave s began; a wave not yet begun counts
 * as 1. `waves` is S, the number of waves of the plan: fixed before the first, or the bound on false alarms
 * is lost.
 */
export function logValue(mixture: Mixture, waves: number): number {
  const known = valued.get(mixture);
  if (known?.waves === waves) return known.value;
  const value = logValueOf(mixture, waves);
  valued.set(mixture, { waves, value });
  return value;
}

/** The gate asks several times a beat, and most beats bring nothing bad that would change a mixture. */
const valued = new WeakMap<Mixture, { waves: number; value: number }>();

/** No more than two passes and no lists: it is asked for each bet, each beat. */
function logValueOf({ sums, starts }: Mixture, waves: number): number {
  const begun = Math.min(starts.length, waves);
  const mean = -Math.log(sums.length);
  let top = waves > begun ? 0 : Number.NEGATIVE_INFINITY;
  for (let wave = 0; wave < begun; wave++) {
    for (let point = 0; point < sums.length; point++)
      top = Math.max(top, sinceStart(sums, starts[wave], point));
  }
  if (top === Number.NEGATIVE_INFINITY) return top;
  let sum = waves > begun ? (waves - begun) * Math.exp(-top) : 0;
  for (let wave = 0; wave < begun; wave++) {
    for (let point = 0; point < sums.length; point++)
      sum += Math.exp(sinceStart(sums, starts[wave], point) + mean - top);
  }
  return top + Math.log(sum) - Math.log(waves);
}

function sinceStart(sums: readonly number[], start: readonly number[] | undefined, point: number): number {
  return (sums[point] ?? 0) - (start?.[point] ?? 0);
}

/** ln Σ exp(terms), without overflow. */
export function logSum(terms: readonly number[]): number {
  const top = Math.max(...terms);
  if (top === Number.NEGATIVE_INFINITY) return top;
  return top + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - top), 0));
}
