/**
 * Reads of single keys, gathered: while one query runs, the next collects, so that any number of keys asked
 * at once is one query at a time. A read that fails fails for all who were in it, and for no other.
 */
export function gathered<Key, Found>(
  readAll: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Found>>,
): (key: Key) => Promise<Found | undefined> {
  let next: { keys: Key[]; found: Promise<ReadonlyMap<Key, Found>> } | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** Adds the key to the query that starts when the running one has ended. */
  function load(key: Key): Promise<ReadonlyMap<Key, Found>> {
    if (next === undefined) {
      const keys: Key[] = [];
      const found = last.then(() => {
        next = undefined;
        return readAll(keys);
      });
      last = found.catch(() => {});
      next = { keys, found };
    }
    next.keys.push(key);
    return next.found;
  }
  return async (key) => (await load(key)).get(key);
}
