import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FORMS =
  '30s, 10m, 2h, 1d (ago), today, yesterday, 14:30, 2026-11-30 or 2026-11-30T14:30 (local time, with Z UTC)';

/** Milliseconds since the epoch. Throws an `InvalidArgumentError` that lists the forms. */
export function since(text: string, nowMs: number = Date.now()): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * (UNIT_MS[unit] ?? 0);
  if (text === 'today' || text === 'yesterday') return midnight(nowMs, text === 'today' ? 0 : 1);
  const clock = /^\d\d?:\d\d(:\d\d)?$/.test(text) ? `${dayOf(nowMs)}T${text.padStart(5, '0')}` : text;
  // A day alone would be read as one of UTC.
  const local = /^\d{4}-\d\d-\d\d$/.test(clock) ? `${clock}T00:00` : clock.replace(' ', 'T');
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(local) ? Date.parse(local) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError(`Write ${FORMS}.`);
  return ms;
}

function midnight(nowMs: number, daysAgo: number): number {
  const day = new Date(nowMs);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - daysAgo).getTime();
}

/** `2026-11-30`, as it is here. */
export function dayOf(ms: number): string {
  const day = new Date(ms);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
