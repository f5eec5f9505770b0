/**
 * Reading of request fields. Clients send numbers where the documents show text and the other way round, and enums
 * with a space behind them, so every field accepts both and is trimmed. Each reader returns `undefined` for a value
 * that is missing or wrong; the caller names the field.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The first field of a request that is missing or wrong. */
export interface InvalidField {
  invalid: string;
}

/** Longest text of any field: far over what the documents allow, far under what would hurt. */
const MAX_TEXT = 2_000;
// NUL cannot be stored, and control characters have no business in a field of this API.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Text of 1 to `maxLength` characters. */
export function text(value: unknown, maxLength = MAX_TEXT): string | undefined {
  const read = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
  return read.length > 0 && read.length <= maxLength && !CONTROL.test(read) ? read : undefined;
}

/** A number written with `least` to `most` decimal digits, kept as text. */
export function digits(value: unknown, least: number, most: number): string | undefined {
  const read = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
  if (read.length < least || read.length > most) return undefined;
  for (let i = 0; i < read.length; i += 1) {
    const character = read.charCodeAt(i);
    if (character < 48 || character > 57) return undefined;
  }
  return read;
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
