import type { CompanionValue } from './types.ts';

// Array parameters are built as text here, one join a column: the driver's general array code costs more than the
// rest of a batch together.

/** A column of numbers or uuids: texts without a character that an array literal would have to quote. */
export function plainColumn(values: readonly (bigint | number | string | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/** A column of any text. */
export function textColumn(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quoted(value))).join(',')}}`;
}

/** A column of whatever a companion's rows hold. */
export function column(values: readonly CompanionValue[]): string {
  return `{${values.map(literal).join(',')}}`;
}

function literal(value: CompanionValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return quoted(value);
  return value instanceof Date ? quoted(value.toISOString()) : String(value);
}

function quoted(text: string): string {
  return `"${/["\\]/.test(text) ? text.replaceAll(/["\\]/g, '\\$&') : text}"`;
}
