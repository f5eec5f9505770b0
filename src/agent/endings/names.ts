import { endingName } from '../../rollout/gate/endings.ts';
import { wireLimits } from '../../rollout/protocol.ts';

/**
 * The names of the endings that an instance counts: each class, its kinds, and `other` for what has no name
 * of its own.
 */
export function endingNames(classes: Readonly<Record<string, readonly string[]>>) {
  const names = Object.entries(classes).flatMap(([of, kinds]) => [
    of,
    ...[...new Set([...kinds, OTHER])].map((kind) => endingName(of, kind)),
  ]);
  if (names.length > wireLimits.endings)
    throw new Error(`${names.length} names of endings; a report holds ${wireLimits.endings}`);
  const indexes = new Map(names.map((name, index) => [name, index]));
  return {
    names,
    indexOf: (name: string): number => indexes.get(name) ?? wireLimits.endings,
    /** `undefined`: the class is not counted. */
    nameOf(of: string, kind: string | undefined): string | undefined {
      if (!indexes.has(of)) return undefined;
      const name = endingName(of, kind);
      return indexes.has(name) ? name : endingName(of, OTHER);
    },
  };
}

const OTHER = 'other';
