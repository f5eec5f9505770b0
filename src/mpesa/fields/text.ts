import { Type } from 'typebox';
import { isPlain } from '../../platform/http/plain-text.ts';
import { type Field, written } from './field.ts';

/** Longest text of any field: far over what the documents allow, far under what would hurt. */
const MAX_TEXT = 2_000;

/** Text of `minLength` to `maxLength` characters, as it was written; blanks alone are none. */
export function text(maxLength = MAX_TEXT, minLength = 1): Field<string> {
  return {
    schema: Type.String({ minLength, maxLength }),
    read(value) {
      const read = written(value);
      if (read.length < minLength || read.length > maxLength) return undefined;
      return isPlain(read) && read.trim() !== '' ? read : undefined;
    },
  };
}
