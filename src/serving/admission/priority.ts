import type { Operation } from '../types.ts';

export type Priority = Operation['priority'];

/** Highest first. */
export const priorities: readonly Priority[] = ['money', 'query', 'helper'];

/** Share of the process' places up to which a class may still start: the lower one gives way first. */
const ceiling: Record<Priority, number> = { money: 1, query: 0.8, helper: 0.5 };
/** Share that a class always has, so that a flood of money does not starve a query for ever. */
const floor: Record<Priority, number> = { money: 0, query: 0.05, helper: 0.02 };

/**
 * Whether one more request of `priority` may start. `inFlight` counts the process, `ofClass` the class,
 * `limit` the places of the process. A class may exceed the limit only by its floor.
 */
export function mayStart(
  priority: Priority,
  { inFlight, ofClass, limit }: { inFlight: number; ofClass: number; limit: number },
): boolean {
  return inFlight < limit * ceiling[priority] || ofClass < limit * floor[priority];
}
