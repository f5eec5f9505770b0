import type { Json } from '../canonical.ts';
import type { Path } from '../path.ts';

/** A fault of one value, before it is said where the document has it. */
export interface Finding {
  path: Path;
  reason: string;
  /** What to do about it. */
  advice: string;
}

/** Why a document is refused, for people: names the key, its value and the cause. */
export interface Problem {
  /** Where the document has it; all of them when the value is common. */
  environments: string[];
  path: string;
  /** Masked where secret; left out where the key is absent. */
  value?: Json;
  reason: string;
  advice: string;
}
