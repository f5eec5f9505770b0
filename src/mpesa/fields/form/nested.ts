import { Type } from 'typebox';
import type { Field, JsonObject } from '../field.ts';
import { type Fields, type Form, isInvalid, type Read, type SettingsOf } from './form.ts';

/** A field that is an object with fields of its own: of those, the first that is wrong is named. */
export function nested<const Of extends Fields>(form: Form<Of>): Field<Read<Of>, SettingsOf<Of>> {
  const readForm = (value: unknown, settings: SettingsOf<Of>) =>
    isObject(value) ? form.read(value, settings) : undefined;
  return {
    schema: form.schema,
    read(value, settings) {
      const read = readForm(value, settings);
      return read === undefined || isInvalid(read) ? undefined : read;
    },
    culprit(value, settings) {
      const read = readForm(value, settings);
      return read !== undefined && isInvalid(read) ? read.invalid : undefined;
    },
  };
}

/** A field that is a list of `least` to `most`. */
export function list<Value, Settings>(
  item: Field<Value, Settings>,
  most: number,
  least = 1,
): Field<readonly Value[], Settings> {
  return {
    schema: Type.Array(item.schema, { minItems: least, maxItems: most }),
    read(value, settings) {
      if (!Array.isArray(value) || value.length < least || value.length > most) return undefined;
      const all: Value[] = [];
      for (const each of value) {
        const read = item.read(each, settings);
        if (read === undefined) return undefined;
        all.push(read);
      }
      return all;
    },
    culprit(value, settings) {
      if (!Array.isArray(value) || value.length > most) return undefined;
      const wrong: unknown = value.find((each) => item.read(each, settings) === undefined);
      return item.culprit?.(wrong, settings);
    },
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
