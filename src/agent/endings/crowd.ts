import { LRUCache } from 'lru-cache';

/** Who an ending came from, so that one of them cannot speak for all. */
export interface From {
  /** What is spread over the instances by chance: a connection, a subscriber, a callback. */
  readonly one: string;
  /** To whom many of these belong: an app, a merchant, a receiver. */
  readonly group: string;
}

export interface Crowd {
  /** Whether this ending is to be counted. */
  counts(name: string, from: From, now: number): boolean;
}

/** One counts once in so long for each kind of ending; a group once in so long. */
const ONE_EVERY_MS = 60_000;
const GROUP_EVERY_MS = 500;
/** Whoever is forgotten counts again. */
const MOST_REMEMBERED = 8_192;

/**
 * Counts a kind of ending by how many it meets, not by how often. A client that sends the same wrong request ten times a second on its
 * connection counts once a minute; one that opens a connection each time, twice a second, on every instance that it meets.
 */
export function createCrowd(): Crowd {
  const lately = new LRUCache<string, number>({ max: MOST_REMEMBERED });
  const isDue = (key: string, now: number, everyMs: number): boolean => {
    const at = lately.get(key);
    return at === undefined || now - at >= everyMs || now < at;
  };
  return {
    counts(name, { one, group }, now) {
      const [byOne, byGroup] = [`1 ${name} ${one}`, `* ${name} ${group}`];
      if (!isDue(byGroup, now, GROUP_EVERY_MS) || !isDue(byOne, now, ONE_EVERY_MS)) return false;
      lately.set(byGroup, now);
      lately.set(byOne, now);
      return true;
    },
  };
}
