import { Type } from 'typebox';
import { type Field, written } from '../field.ts';

const DATE = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;

/** A date and time that the calendar has, `YYYYMMDDHHmmss`. */
export const timestamp: Field<string> = {
  schema: Type.String({ pattern: '^[0-9]{14}$', description: '`YYYYMMDDHHmmss`' }),
  read(value) {
    const read = written(value);
    const [, year, month, day, ...time] = (DATE.exec(read) ?? []).map(Number);
    if (year === undefined || month === undefined || day === undefined) return undefined;
    const [hour = 0, minute = 0, second = 0] = time;
    if (year === 0 || hour > 23 || minute > 59 || second > 59) return undefined;
    return day >= 1 && day <= daysOf(year, month) ? read : undefined;
  },
};

/** The last day of a month is day 0 of the next. */
function daysOf(year: number, month: number): number {
  return month >= 1 && month <= 12 ? new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate() : 0;
}
