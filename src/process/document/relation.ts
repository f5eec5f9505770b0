import type { Finding } from '../../config/check/problem.ts';

/** What is wrong where a relation between values does not hold. */
export function unless(holds: boolean, finding: Finding): Finding[] {
  return holds ? [] : [finding];
}
