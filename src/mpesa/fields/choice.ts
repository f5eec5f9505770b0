import { Type } from 'typebox';
import type { Field } from './field.ts';

/** One of `choices`. It alone is trimmed, as the real one does: clients send `"CustomerPayBillOnline "`. */
export function choice<const Choice extends string>(choices: readonly Choice[]): Field<Choice> {
  return {
    schema: Type.Enum([...choices]),
    read(value) {
      if (typeof value !== 'string') return undefined;
      const read = value.trim();
      return choices.find((candidate) => candidate === read);
    },
  };
}
