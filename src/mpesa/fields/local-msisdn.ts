import { Type } from 'typebox';
import { type Field, written } from './field.ts';
import { msisdn } from './msisdn.ts';

/** A number as people write it, `0712345678`, beside `254712345678`; read as the latter. */
export const localMsisdn: Field<string> = {
  schema: Type.String({ pattern: '^(254|0)[17][0-9]{8}$' }),
  read(value, settings) {
    const read = written(value);
    return msisdn.read(/^0\d{9}$/.test(read) ? `254${read.slice(1)}` : read, settings);
  },
};
