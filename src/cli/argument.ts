import { InvalidArgumentError } from 'commander';
import { nearest } from '../config/nearest.ts';

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
  if (/^254[17]\d{8}$/.test(text)) return text;
  const [national] = /[17]\d{8}$/.exec(text.replace(/[\s().-]/g, '')) ?? [];
  throw new InvalidArgumentError(
    national === undefined
      ? 'It must be 12 digits and begin with 2547 or 2541, such as 254700000005.'
      : `Write it as 254${national}.`,
  );
}
