import { exitCodes } from '../failure.ts';
import { paint } from '../terminal/terminal.ts';

/**
 * `good`: it was looked at, and is as it should be. `note`: worth knowing, and nobody has to do anything.
 * `bad`: somebody has to; what could not be looked at is bad too (R10).
 */
export type Severity = 'good' | 'note' | 'bad';

/**
 * One thing that `status` and `doctor` looked at. A contract that tools use: `name` never changes its
 * meaning.
 */
export interface Finding {
  /** What it is about, as a path with dots: `process.api-1`, `database`, `release.divergence`. */
  name: string;
  severity: Severity;
  /** What was seen, in one line. */
  what: string;
  why?: string;
  /** What to do about it. */
  fix?: string;
}

/** Exit status 6 when somebody has to do something, else 0. */
export function exitCodeOf(findings: readonly Finding[]): number {
  return findings.some(({ severity }) => severity === 'bad') ? exitCodes.degraded : exitCodes.done;
}

const signs = {
  good: () => paint('green', '✓'),
  note: () => paint('yellow', '!'),
  bad: () => paint('red', '✗'),
} satisfies Record<Severity, () => string>;

export function findingText({ severity, what, why, fix }: Finding): string {
  const more = [why, fix].filter((line) => line !== undefined && line !== '');
  return [`${signs[severity]()} ${what}`, ...more.map((line) => `    ${line}`)].join('\n');
}
