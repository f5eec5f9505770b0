import { ask } from '../check/http.ts';
import { within } from '../loop/within.ts';
import type { InstanceBook } from './book.ts';
import { readCounts } from './counts.ts';

const LOOK_EVERY_MS = 500;
const LOOK_MS = 1_000;

/**
 * Asks each instance at its admin port, all at once, each by itself: one that hangs is late for nobody. One
 * that has not answered yet is not asked again meanwhile. Returns what ends it.
 */
export function keepLooking(book: InstanceBook): () => void {
  const asked = new Set<string>();
  const look = async (key: string, admin: string): Promise<void> => {
    asked.add(key);
    try {
      const { status, text } = await within(LOOK_MS, admin, (signal) => ask(`${admin}/counts`, signal));
      if (status === 200) book.answered(key, readCounts(text));
    } catch {
      // It is silent: the detectors count for how long.
    } finally {
      asked.delete(key);
    }
  };
  const timer = setInterval(() => {
    for (const { key, instance } of book.all())
      if (instance.admin !== null && !asked.has(key)) void look(key, instance.admin);
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
