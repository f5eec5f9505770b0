import { eatCalendar, eatTimestamp } from '../../fields/times/east-africa-time.ts';
import type { Subscriber } from '../../parties/subscribers.ts';
import type { SimSwapSettings } from './settings.ts';

const DAY_MS = 86_400_000;
const two = (value: number) => String(value).padStart(2, '0');

/** `DD-MM-YYYY` */
export function dayFirst(ms: number): string {
  const { day, month, year } = eatCalendar(ms);
  return `${two(day)}-${two(month)}-${year}`;
}

/** `DD-MM-YYYY HH:mm` */
function minuteOf(ms: number): string {
  const stamp = eatTimestamp(ms);
  return `${dayFirst(ms)} ${stamp.slice(8, 10)}:${stamp.slice(10, 12)}`;
}

/** The last swap; `01-01-1900` when there was none, or none lately. */
export function lastSwap(
  { lastSimSwapMs }: Subscriber,
  nowMs: number,
  { shownForDays }: SimSwapSettings,
): { day: string; minute: string } {
  const at = lastSimSwapMs(nowMs);
  if (at === undefined || at <= nowMs - shownForDays * DAY_MS)
    return { day: '01-01-1900', minute: '01-01-1900 00:00' };
  return { day: dayFirst(at), minute: minuteOf(at) };
}

/** The day of registration, `DD-MM-YYYY`. */
export function registrationOf({ registrationDay }: Subscriber): string {
  return registrationDay.split('-').reverse().join('-');
}
