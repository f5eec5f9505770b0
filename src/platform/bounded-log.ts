import type { Log } from './log.ts';

/** What a line says beside its message. */
export type LogFields = Readonly<Record<string, unknown>>;

type Write = (fields: () => LogFields, message: string) => void;

/**
 * Lines that come once for each payment, callback and the like. `fields` is asked only for what is written.
 */
export interface BoundedLog {
  info: Write;
  warn: Write;
  error: Write;
}

const levels = ['info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

/**
 * A line is some 300 bytes, and a process keeps 40 MB of them: half an hour at this rate, whatever the
 * traffic is.
 */
export const MOST_A_SECOND = 50;
const WINDOW_MS = 1_000;

/**
 * Writes at most so many lines a second of each level, and one with how many more there were: a flood would
 * cost more than what it tells of, and push everything else out of the files. Levels do not take each other's
 * room.
 */
export function boundedLog(
  log: Log,
  { mostASecond = MOST_A_SECOND, now = () => performance.now() } = {},
): BoundedLog {
  const write = (level: Level): Write => {
    let beganAt = Number.NEGATIVE_INFINITY;
    let written = 0;
    let leftOut = new Map<string, number>();
    const sayLeftOut = () => {
      log[level]({ leftOut: Object.fromEntries(leftOut) }, 'more lines than are written in a second');
      leftOut = new Map();
    };
    return (fields, message) => {
      if (!log.isLevelEnabled(level)) return;
      if (now() - beganAt >= WINDOW_MS) [beganAt, written] = [now(), 0];
      if (written < mostASecond) {
        written += 1;
        log[level](fields(), message);
        return;
      }
      if (leftOut.size === 0) setTimeout(sayLeftOut, WINDOW_MS).unref();
      leftOut.set(message, (leftOut.get(message) ?? 0) + 1);
    };
  };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
