import { Type } from 'typebox';
import { digits } from './digits.ts';
import type { Field } from './field.ts';

const twelve = digits(12, 12);

/** A Kenyan mobile number in the form 2547XXXXXXXX or 2541XXXXXXXX. */
export const msisdn: Field<string> = {
  schema: Type.String({ pattern: '^254[17][0-9]{8}$' }),
  read(value, settings) {
    const read = twelve.read(value, settings);
    return read?.startsWith('2547') || read?.startsWith('2541') ? read : undefined;
  },
};
