/**
 * East Africa Time, in which M-Pesa writes its dates: UTC+3 all year, so it is plain arithmetic and needs no
 * zone data. Every function takes milliseconds since the epoch, as `Clock` gives them.
 */
const OFFSET_MS = 3 * 3_600_000;

const two = (value: number) => (value < 10 ? `0${value}` : `${value}`);

function parts(nowMs: number) {
  const date = new Date(nowMs + OFFSET_MS);
  return {
    year: String(date.getUTCFullYear()),
    month: two(date.getUTCMonth() + 1),
    day: two(date.getUTCDate()),
    hour: two(date.getUTCHours()),
    minute: two(date.getUTCMinutes()),
    second: two(date.getUTCSeconds()),
  };
}

/** `YYYYMMDDHHmmss`: timestamps of requests, `TransactionDate` of callbacks. */
export function eatTimestamp(nowMs: number): string {
  const { year, month, day, hour, minute, second } = parts(nowMs);
  return year + month + day + hour + minute + second;
}

/** `ddMMyyyyHHmmss`: inside a CheckoutRequestID. */
export function eatDayFirst(nowMs: number): string {
  const { year, month, day, hour, minute, second } = parts(nowMs);
  return day + month + year + hour + minute + second;
}

/** `YYYY-MM-DD`: the day that a daily limit counts. */
export function eatDay(nowMs: number): string {
  const { year, month, day } = parts(nowMs);
  return `${year}-${month}-${day}`;
}

/** Year, month (1–12) and day (1–31): the first three characters of a receipt are made of them. */
export function eatCalendar(nowMs: number): { year: number; month: number; day: number } {
  const { year, month, day } = parts(nowMs);
  return { year: Number(year), month: Number(month), day: Number(day) };
}

/** Text in the notation people read, `DD/MM/YY h:mm AM`: SMS texts. */
export function eatSms(nowMs: number): string {
  const { year, month, day, hour, minute } = parts(nowMs);
  const half = Number(hour) < 12 ? 'AM' : 'PM';
  return `${Number(day)}/${Number(month)}/${year.slice(2)} at ${Number(hour) % 12 || 12}:${minute} ${half}`;
}

/** `DD.MM.YYYY HH:mm:ss`: when a payment to a customer was completed. */
export function eatDotted(nowMs: number): string {
  const { year, month, day, hour, minute, second } = parts(nowMs);
  return `${day}.${month}.${year} ${hour}:${minute}:${second}`;
}
