import { Type } from 'typebox';
import type { Field } from './field.ts';
import { text } from './text.ts';

const WHOLE = /^\d{1,12}(?:\.0{1,2})?$/;
const short = text(15);

/** Whole shillings, at least 1, in cents. `"10"`, `10` and `"10.00"` are the same; `10.50` is refused. */
export const wholeShillings: Field<bigint> = {
  schema: Type.Integer({ minimum: 1, maximum: 999_999_999_999, description: 'Whole shillings.' }),
  read(value, settings) {
    const read = short.read(value, settings);
    if (read === undefined || !WHOLE.test(read)) return undefined;
    const shillings = Number.parseInt(read, 10);
    return shillings > 0 ? BigInt(shillings * 100) : undefined;
  },
};
