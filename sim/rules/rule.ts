import type { Member } from '../../src/rollout/plan/waves.ts';
import type { Seen } from '../seen.ts';
import type { Settings } from '../settings.ts';

/**
 * A judge of one rule of the design. It keeps its own account of what happened, and believes nobody else's.
 */
export interface Rule {
  /** `R5`, with a word where a rule has several judges. */
  readonly id: string;
  readonly demands: string;
  /** Looks at one thing that happened; returns what is wrong with it. */
  look(seen: Seen, now: number): string | undefined;
}

/** What is known before anything happens. */
export interface Setup {
  readonly settings: Settings;
  readonly members: readonly (Member & { environment: string })[];
  /** What every instance was proved with before the run. */
  readonly first: string;
}

/** A value for each name, made when it is first asked for. */
export function byName<Value>(make: (name: string) => Value): (name: string) => Value {
  const values = new Map<string, Value>();
  return (name) => {
    const known = values.get(name);
    if (known !== undefined) return known;
    const made = make(name);
    values.set(name, made);
    return made;
  };
}
