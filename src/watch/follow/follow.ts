import { ask } from '../check/http.ts';
import type { Entry } from '../journal/entry.ts';
import { within } from '../loop/within.ts';
import { copied, readRows } from './rows.ts';

export interface FollowOptions {
  /** Base URL of control. */
  readonly url: string;
  /** Of an operator who may look. */
  readonly token: string;
  /** The last row that is copied already; 0: none is. */
  readonly after: number;
  readonly copy: (entry: Entry) => void;
}

const EVERY_MS = 1_000;
const ANSWER_MS = 2_000;
const MOST = 500;

/**
 * Copies control's journal while control answers, so that what changed is known here when it does not. One
 * look at a time, each with a deadline. Returns what ends it, and why it was last in vain.
 */
export function keepFollowing({ url, token, after, copy }: FollowOptions): {
  end: () => void;
  error: () => string | null;
} {
  let [last, looking, error]: [number, boolean, string | null] = [after, false, null];
  const look = async (signal: AbortSignal): Promise<void> => {
    // The first time what happened lately is enough.
    const query = last === 0 ? `last=${MOST}` : `after=${last}&limit=${MOST}`;
    const headers = { authorization: `Bearer ${token}` };
    const { status, text } = await ask(`${url}/v1/journal?${query}`, signal, { headers });
    if (status !== 200) throw new Error(`control answers ${status}: ${text.slice(0, 200)}`);
    for (const row of readRows(text)) {
      if (row.sequence <= last) continue;
      copy(copied(row));
      last = row.sequence;
    }
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    within(ANSWER_MS, 'control', look)
      .then(
        () => {
          error = null;
        },
        (caught: Error) => {
          error = caught.message;
        },
      )
      .finally(() => {
        looking = false;
      });
  }, EVERY_MS);
  return { end: () => clearInterval(timer), error: () => error };
}
