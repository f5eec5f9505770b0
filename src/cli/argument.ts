import { InvalidArgumentError } from 'commander';
import { nearest } from '../config/check/nearest.ts';
import { isSubscriber, rightForm } from '../handset/number.ts';

/** An option's number above 0. */
export function positive(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a number above 0.');
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90m`, `2h`, `3d` from now, or a time to come with its zone: ms since the epoch; else `undefined`. */
export function laterThan(now: number, text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return now + Number(count) * (UNITS_MS[unit] ?? 0);
  const at = /(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  return at > now ? at : undefined;
}

/** The same as an option. */
export function timeToCome(text: string): number {
  const at = laterThan(Date.now(), text);
  if (at !== undefined) return at;
  throw new InvalidArgumentError(
    'Give 90m, 2h or 3d, or a time to come with its zone: 2030-01-06T08:00:00+03:00.',
  );
}

/** A whole number from 1 to `most`. */
export function atMost(most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };
}

/** One of the values; another is refused with all of them and the nearest. */
export function oneOf(values: readonly string[]): (text: string) => string {
  return (text) => {
    if (values.includes(text)) return text;
    const near = nearest(text, values);
    const meant = near === undefined ? '' : ` Did you mean ${near}?`;
    throw new InvalidArgumentError(`It is one of ${values.join(', ')}.${meant}`);
  };
}

/** A subscriber's number as it is on the wire. One in another form is refused with the right form of it. */
export function msisdn(text: string): string {
  if (isSubscriber(text)) return text;
  throw new InvalidArgumentError(rightForm(text));
}

/** What an instance may be called. */
export function instanceName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text)) return text;
  throw new InvalidArgumentError(
    'It begins with a letter or digit and has letters, digits, ".", "_" and "-".',
  );
}
