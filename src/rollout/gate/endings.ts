import type { Tally } from './share.ts';

/**
 * How things end that are nobody's failure of ours and yet are felt: a request that is refused, a payment's
 * result, a callback's arrival. Counts by name: `result` are all of its class, `result/1032` those of one
 * kind. What ended as it was asked for has no kind.
 */
export type Endings = Readonly<Record<string, number>>;

/** What some instances ended, and how many of them there are that have things of each class to end. */
export interface Ended {
  readonly endings: Endings;
  readonly members: Readonly<Record<string, number>>;
}

export const NO_ENDINGS: Endings = {};

export function endingName(of: string, kind?: string): string {
  return kind === undefined ? of : `${of}/${kind}`;
}

export function classOf(name: string): string {
  return name.split('/', 1)[0] ?? name;
}

export function isKind(name: string): boolean {
  return name.includes('/');
}

/** How many ended like this: in one kind, or, of a class, in any. */
export function endedIn(endings: Endings, name: string): number {
  if (isKind(name)) return endings[name] ?? 0;
  return Object.entries(endings).reduce(
    (sum, [each, count]) => (isKind(each) && classOf(each) === name ? sum + count : sum),
    0,
  );
}

/** Those that ended like this, as `bad`, and the rest of their class. */
export function tallyOf(endings: Endings, name: string): Tally {
  const bad = endedIn(endings, name);
  return { good: Math.max(0, (endings[classOf(name)] ?? 0) - bad), bad };
}

/** The kinds of a class that are names of any of these. */
export function kindsIn(of: string, ...among: readonly object[]): string[] {
  return among.flatMap((each) => Object.keys(each)).filter((name) => isKind(name) && classOf(name) === of);
}

export function plusEndings(a: Endings, b: Endings): Endings {
  return combined(a, b, (one, other) => one + other);
}

/** A count that shrank is one that began again. */
export function minusEndings(a: Endings, b: Endings): Endings {
  return combined(a, b, (one, other) => Math.max(0, one - other));
}

function combined(a: Endings, b: Endings, each: (one: number, other: number) => number): Endings {
  if (a === NO_ENDINGS && b === NO_ENDINGS) return NO_ENDINGS;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, each(a[name] ?? 0, b[name] ?? 0)]));
}
