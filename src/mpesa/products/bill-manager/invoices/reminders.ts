import type { BillManagerSettings } from '../settings.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * When the customer of an invoice that is due on `dueDay` (`YYYY-MM-DD`) is reminded next after `afterMs`;
 * `undefined`: not any more.
 */
export function nextReminder(
  dueDay: string,
  afterMs: number,
  { reminderDaysBefore, reminderHour }: Pick<BillManagerSettings, 'reminderDaysBefore' | 'reminderHour'>,
): Date | undefined {
  const dueMs = Date.parse(`${dueDay}T00:00:00+03:00`) + reminderHour * HOUR_MS;
  const next = Math.min(
    ...reminderDaysBefore.map((days) => dueMs - days * DAY_MS).filter((atMs) => atMs > afterMs),
  );
  return Number.isFinite(next) ? new Date(next) : undefined;
}
