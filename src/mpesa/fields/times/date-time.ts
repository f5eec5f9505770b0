import { Type } from 'typebox';
import { type Field, written } from '../field.ts';
import { timestamp } from './timestamp.ts';

const PARTS = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/;

/** `YYYY-MM-DD HH:mm:ss` in East Africa, that the calendar has. */
export const dateTime: Field<Date> = {
  schema: Type.String({ pattern: PARTS.source, description: '`YYYY-MM-DD HH:mm:ss`, East Africa Time' }),
  read(value, settings) {
    const text = written(value);
    const digits = PARTS.exec(text)?.slice(1).join('');
    return timestamp.read(digits, settings) === undefined
      ? undefined
      : new Date(`${text.replace(' ', 'T')}+03:00`);
  },
};
