import { InvalidArgumentError } from 'commander';
import { nearest } from '../config/check/nearest.ts';
import { isSubscriber, rightForm } from '../handset/number.ts';

/** An option's number above 0. */
export function positive(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a number above 0.');
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
