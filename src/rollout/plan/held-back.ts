import { classOf, type Endings, NO_ENDINGS } from '../gate/endings.ts';
import type { Member } from './waves.ts';

/**
 * The fleet with those last whom the hold-back is taken from. A service's instances do different work: while
 * the widest wave bakes, refused requests can be compared only with those of an instance that has requests
 * too, so one of each class of endings that two or more have is left for the end, what most ends of at the
 * very end.
 */
export function withHeldBackLast(
  fleet: readonly Member[],
  before: Readonly<Record<string, { readonly endings?: Endings }>>,
): Member[] {
  const classes = new Map<string, { ended: number; members: Member[] }>();
  for (const member of fleet) {
    for (const [name, count] of Object.entries(before[member.instance]?.endings ?? NO_ENDINGS)) {
      if (classOf(name) !== name || count === 0) continue;
      const { ended, members } = classes.get(name) ?? { ended: 0, members: [] };
      classes.set(name, { ended: ended + count, members: [...members, member] });
    }
  }
  const last = [...classes.values()]
    .filter(({ members }) => members.length > 1)
    .toSorted((a, b) => a.ended - b.ended)
    .flatMap(({ members }) => members.slice(-1));
  const held = [...new Set(last.toReversed())].toReversed();
  return [...fleet.filter((member) => !held.includes(member)), ...held];
}
