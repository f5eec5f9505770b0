import { LRUCache } from 'lru-cache';

/** Who an ending came from, so that one of them cannot speak for all. */
export interface From {
  /** What is spread over the instances by chance: a connection, a subscriber, a callback. */
  readonly one: string;
  /** To whom many of these belong: an app, a merchant, a receiver. */
  readonly group: string;
  /**
   * Several instances meet the same callers, so that a burst of one of them is a burst at all. Left out:
   * there may be nobody to compare with.
   */
  readonly shared?: true;
}

export interface Crowd {
  /**
   * Whether this ending of the class `of` is to be counted; `name`: its own, that of the class where it ended
   * as was asked for.
   */
  counts(of: string, name: string, from: From, now: number): boolean;
}

interface Rule {
  /** An ending of each name counts once in so long. */
  readonly everyMs: number;
  /** So many more count of one who succeeded as often. */
  readonly most: number;
}

const ONE: Rule = { everyMs: 60_000, most: 5 };
const GROUP: Rule = { everyMs: 500, most: 20 };
/** A user who is forgotten has earned nothing. */
const MOST_REMEMBERED = 8_192;

/**
 * Counts endings by how many they meet, not by how often. A client that sends the same wrong request ten
 * times a second on its connection counts once a minute; one that opens a connection each time, twice a
 * second, on every instance that it meets.
 *
 * Of callers that several instances share all successes count, and each earns that one failure more does:
 * what a release refuses to a busy app is seen in its first requests, and who never succeeds cannot make more
 * of it than that.
 */
export function createCrowd(): Crowd {
  const ones = counted(ONE);
  const groups = counted(GROUP);
  return {
    counts(of, name, { one, group, shared = false }, now) {
      if (shared && name === of) {
        ones.earn(`${of} ${one}`);
        groups.earn(`${of} ${group}`);
        return true;
      }
      const byOne = ones.spend(`${of} ${one}`, name, now);
      const byGroup = groups.spend(`${of} ${group}`, name, now);
      if (byOne === undefined || byGroup === undefined) return false;
      byOne();
      byGroup();
      return true;
    },
  };
}

function counted({ everyMs, most }: Rule) {
  const earned = new LRUCache<string, number>({ max: MOST_REMEMBERED });
  const lately = new LRUCache<string, number>({ max: MOST_REMEMBERED });
  return {
    earn(who: string): void {
      earned.set(who, Math.min(most, (earned.get(who) ?? 0) + 1));
    },
    /** What is to be done when it counts; `undefined`: it does not. */
    spend(who: string, name: string, now: number): (() => void) | undefined {
      const key = `${who} ${name}`;
      const at = lately.get(key);
      if (at === undefined || now - at >= everyMs || now < at) return () => void lately.set(key, now);
      const left = earned.get(who) ?? 0;
      return left === 0 ? undefined : () => void earned.set(who, left - 1);
    },
  };
}
