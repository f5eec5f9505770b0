import { Deadline } from '../src/platform/deadline.ts';
import { lookUntil } from '../src/platform/loop/look-until.ts';

/** Waits for a condition, asking again every `everyMs`; an error that names it after `deadlineMs`. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  { deadlineMs = 60_000, everyMs = 50 } = {},
): Promise<T> {
  const look = async (): Promise<T | undefined> => {
    const found = await condition();
    return found === false ? undefined : found;
  };
  const found = await lookUntil(look, { everyMs, deadline: Deadline.in(deadlineMs) });
  if (found === undefined) throw new Error(`waited ${deadlineMs} ms in vain until ${what}`);
  return found;
}
