import { ask } from '../check/http.ts';
import { within } from '../loop/within.ts';
import type { WatchState } from '../state.ts';

export interface BeatTarget {
  readonly url: string;
  readonly token: string | undefined;
  readonly everyMs: number;
}

const ANSWER_MS = 5_000;
/** Three beats that do not come are a death. */
const MISSED = 3;

/**
 * Says that the watch lives, to each that listens: another watch (`POST /beat`), control, or any heartbeat
 * service. Each has a timer of its own, and a beat a deadline. Returns what ends it.
 */
export function keepBeating(targets: readonly BeatTarget[], state: () => WatchState): () => void {
  const timers = targets.map(({ url, token, everyMs }) => {
    const beat = () => {
      const { id, version, lastCheckAt, queues, dropped } = state();
      const body = JSON.stringify({
        from: id,
        withinMs: MISSED * everyMs,
        version,
        lastCheckAt,
        queues: Object.fromEntries(queues.map(({ name, depth }) => [name, depth])),
        dropped,
      });
      const headers = {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      // That it does not arrive is noticed where it is missed.
      within(ANSWER_MS, url, (signal) => ask(url, signal, { method: 'POST', headers, body })).catch(() => {});
    };
    beat();
    return setInterval(beat, everyMs);
  });
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
