import { Type } from 'typebox';
import { type Field, written } from './field.ts';

/** A number written with `least` to `most` decimal digits, kept as text. */
export function digits(least: number, most: number): Field<string> {
  return {
    schema: Type.String({ pattern: `^[0-9]{${least},${most}}$` }),
    read(value) {
      const read = written(value);
      if (read.length < least || read.length > most) return undefined;
      for (let i = 0; i < read.length; i += 1) {
        const character = read.charCodeAt(i);
        if (character < 48 || character > 57) return undefined;
      }
      return read;
    },
  };
}

/** Of a pay bill, a till or a store. */
export const shortCode = digits(5, 7);
