import { type TObject, Type } from 'typebox';
import type { Field, JsonObject } from '../field.ts';

export type Fields = Readonly<Record<string, Field<unknown, never>>>;

/** The settings that reading these fields needs. */
export type SettingsOf<Of extends Fields> = [Of[keyof Of]] extends [Field<unknown, infer Settings>]
  ? Settings
  : never;

/** What a request says, under the names that it has on the wire. */
export type Read<Of extends Fields> = {
  readonly [Name in keyof Of]: Of[Name] extends Field<infer Value, never> ? Value : never;
};

/** The field of a request that is missing or wrong. */
export interface InvalidField {
  readonly invalid: string;
}

/** Asked of what a form read: no form has a field of that name. */
export function isInvalid(read: object): read is InvalidField {
  return 'invalid' in read;
}

/**
 * The fields of a request, in the order of its page: they are checked in it, and the first that is missing or
 * wrong is named.
 */
export interface Form<Of extends Fields> {
  readonly schema: TObject;
  readonly names: readonly (keyof Of & string)[];
  /** The field that a body is which is a list by itself, not an object; `undefined`: no body is one. */
  readonly bare: (keyof Of & string) | undefined;
  readonly read: (body: JsonObject, settings: SettingsOf<Of>) => Read<Of> | InvalidField;
}

export interface FormOptions<Name extends string, Settings> {
  /**
   * The name that is shown in place of the first wrong field's, where the real one shows another, or more.
   */
  told?: (wrong: string, body: JsonObject, settings: Settings) => string;
  /** Other spellings of a name that clients send. */
  spellings?: Partial<Readonly<Record<Name, readonly string[]>>>;
  bare?: Name;
}

export function form<const Of extends Fields>(
  fields: Of,
  { told = (wrong) => wrong, spellings = {}, bare }: FormOptions<keyof Of & string, SettingsOf<Of>> = {},
): Form<Of> {
  const entries = entriesOf(fields);
  const readers = entries.map(([name, { read, culprit }]) => {
    return { name, read, culprit, spellings: spellings[name] ?? [] };
  });
  return {
    schema: Type.Object(Object.fromEntries(entries.map(([name, { schema }]) => [name, schema]))),
    names: entries.map(([name]) => name),
    bare,
    read(body, settings) {
      const values: Record<string, unknown> = {};
      for (const { name, read, culprit, spellings: others } of readers) {
        let sent = body[name];
        if (sent === undefined) for (const other of others) sent ??= body[other];
        const value = read(sent, settings);
        if (value === undefined) return { invalid: told(culprit?.(sent, settings) ?? name, body, settings) };
        values[name] = value;
      }
      return values as Read<Of>;
    },
  };
}

/** Settings that all fields together need are settings that each can read. */
function entriesOf<Of extends Fields>(fields: Of): [keyof Of & string, Field<unknown, SettingsOf<Of>>][] {
  return Object.entries(fields) as unknown as [keyof Of & string, Field<unknown, SettingsOf<Of>>][];
}

/** Of a request that has no body. */
export const noFields = form({});
