/** How often a standing order pays. */
export const everies = [
  'once',
  'daily',
  'weekly',
  'two-weekly',
  'monthly',
  'two-monthly',
  'quarterly',
  'half-yearly',
  'yearly',
] as const;
export type Every = (typeof everies)[number];

/** A day of the calendar, `YYYY-MM-DD`. */
export type Day = string;

const DAY_MS = 86_400_000;

const steps: Readonly<Record<Exclude<Every, 'once'>, { days: number } | { months: number }>> = {
  daily: { days: 1 },
  weekly: { days: 7 },
  'two-weekly': { days: 14 },
  monthly: { months: 1 },
  'two-monthly': { months: 2 },
  quarterly: { months: 3 },
  'half-yearly': { months: 6 },
  yearly: { months: 12 },
};

/**
 * The first day that is due on or after `from`; `undefined`: there is none, because an order that pays once
 * has paid. Months are counted from the first day: the 31st is the last day of a shorter month, and the 31st
 * again after it.
 */
export function dueFrom(start: Day, every: Every, from: Day): Day | undefined {
  if (from <= start) return start;
  if (every === 'once') return undefined;
  const step = steps[every];
  if ('days' in step) {
    const passed = (Date.parse(from) - Date.parse(start)) / DAY_MS;
    return dayOf(Date.parse(start) + Math.ceil(passed / step.days) * step.days * DAY_MS);
  }
  const turns = Math.floor(monthsBetween(start, from) / step.months);
  const due = afterMonths(start, turns * step.months);
  return due >= from ? due : afterMonths(start, (turns + 1) * step.months);
}

export function dayAfter(day: Day): Day {
  return dayOf(Date.parse(day) + DAY_MS);
}

function monthsBetween(start: Day, end: Day): number {
  const months = (day: Day) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7));
  return months(end) - months(start);
}

function afterMonths(start: Day, months: number): Day {
  const [year = 0, month = 0, day = 0] = start.split('-').map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return dayOf(Date.UTC(year, month - 1 + months, Math.min(day, last)));
}

function dayOf(ms: number): Day {
  return new Date(ms).toISOString().slice(0, 10);
}
