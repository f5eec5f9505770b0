import { randomBytes } from 'node:crypto';
import { eatCalendar } from '../fields/times/east-africa-time.ts';

const two = (value: number) => String(value).padStart(2, '0');

/** `AG_`, the day in East Africa, `_2010` and 16 hexadecimal digits (`AG_20240706_20106e9209f64bebd05b`). */
export function conversationId(nowMs: number): string {
  const { year, month, day } = eatCalendar(nowMs);
  return `AG_${year}${two(month)}${two(day)}_2010${randomBytes(8).toString('hex')}`;
}
