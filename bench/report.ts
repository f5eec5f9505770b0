/** One figure of a bench: what was measured, and what the project wants to reach. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** The bar, when there is one: `>= 15` or `<= 1.2`. */
  reach?: { at: 'least' | 'most'; value: number };
}

export interface BenchReport {
  bench: string;
  figures: Figure[];
  /** What a reader must know to read the figures: sizes, seconds, settings. */
  notes?: string[];
}

/** A bench measures on real processes and returns its figures; it cleans up what it started. */
export type Bench = (options: {
  seconds: number;
  rollouts: number;
  /** Simulated. */
  days: number;
  rounds: number;
  log: (line: string) => void;
}) => Promise<BenchReport>;

export function reached(figure: Figure): boolean | undefined {
  if (figure.reach === undefined) return undefined;
  return figure.reach.at === 'least'
    ? figure.value >= figure.reach.value
    : figure.value <= figure.reach.value;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('median of nothing');
  return middle;
}

/** The value that a part `p` of all does not exceed. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))];
  if (found === undefined) throw new Error('quantile of nothing');
  return found;
}
