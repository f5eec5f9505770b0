import { isPlain } from '../../platform/plain-text.ts';

/**
 * Reading of request fields. Clients send numbers where the documents show text and the other way round, so every field accepts both.
 * Nothing is mended: a value that the real one refuses must not pass here. Only an enumeration is trimmed, as it is there
 * (clients send `"CustomerPayBillOnline "`). Each reader returns `undefined` for a value that is missing or wrong; the caller
 * names the field.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The first field of a request that is missing or wrong. */
export interface InvalidField {
  invalid: string;
}

/** Longest text of any field: far over what the documents allow, far under what would hurt. */
const MAX_TEXT = 2_000;
function written(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** Text of 1 to `maxLength` characters, as it was written; blanks alone are none. */
export function text(value: unknown, maxLength = MAX_TEXT): string | undefined {
  const read = written(value);
  return read.length <= maxLength && isPlain(read) && read.trim() !== '' ? read : undefined;
}

/** A number written with `least` to `most` decimal digits, kept as text. */
export function digits(value: unknown, least: number, most: number): string | undefined {
  const read = written(value);
  if (read.length < least || read.length > most) return undefined;
  for (let i = 0; i < read.length; i += 1) {
    const character = read.charCodeAt(i);
    if (character < 48 || character > 57) return undefined;
  }
  return read;
}

const DATE = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;

/** A date and time that the calendar has, `YYYYMMDDHHmmss`. */
export function timestamp(value: unknown): string | undefined {
  const read = written(value);
  const [, year, month, day, ...time] = (DATE.exec(read) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const [hour = 0, minute = 0, second = 0] = time;
  if (year === 0 || hour > 23 || minute > 59 || second > 59) return undefined;
  // The last day of a month is day 0 of the next.
  const days = month >= 1 && month <= 12 ? new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate() : 0;
  return day >= 1 && day <= days ? read : undefined;
}

/** A Kenyan mobile number in the form 2547XXXXXXXX or 2541XXXXXXXX. */
export function msisdn(value: unknown): string | undefined {
  const read = digits(value, 12, 12);
  return read?.startsWith('2547') || read?.startsWith('2541') ? read : undefined;
}

const WHOLE = /^\d{1,12}(?:\.0{1,2})?$/;

/** Whole shillings, at least 1, in cents. `"10"`, `10` and `"10.00"` are the same; `10.50` is refused. */
export function wholeShillings(value: unknown): bigint | undefined {
  const read = text(value, 15);
  if (read === undefined || !WHOLE.test(read)) return undefined;
  const shillings = Number.parseInt(read, 10);
  return shillings > 0 ? BigInt(shillings * 100) : undefined;
}

/** One of `choices`. */
export function choice<T extends string>(value: unknown, choices: readonly T[]): T | undefined {
  if (typeof value !== 'string') return undefined;
  const read = value.trim();
  return choices.find((candidate) => candidate === read);
}
