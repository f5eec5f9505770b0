import { type TSchema, Type } from 'typebox';

/**
 * One field of a request: how it is read, and what the documents say of it. Clients send numbers where the
 * documents show text and the other way round, so every field accepts both. Nothing is mended: a value that
 * the real one refuses must not pass here.
 */
export interface Field<Value, Settings = unknown> {
  /** What the API document says is sent. */
  readonly schema: TSchema;
  /** `undefined`: it is missing or wrong. The form that the field is in names it. */
  readonly read: (value: unknown, settings: Settings) => Value | undefined;
  /** Of a field that holds others: which of them is missing or wrong, asked when `read` gave nothing. */
  readonly culprit?: (value: unknown, settings: Settings) => string | undefined;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Text or number, as it was written; '' for anything else. */
export function written(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** A field whose rule is a part of the settings. */
export function ruled<Value, Rule, Settings>(
  { schema, read, culprit }: Field<Value, Rule>,
  ruleOf: (settings: Settings) => Rule,
): Field<Value, Settings> {
  return {
    schema,
    read: (value, settings) => read(value, ruleOf(settings)),
    ...(culprit !== undefined && { culprit: (value, settings) => culprit(value, ruleOf(settings)) }),
  };
}

/** A field that may be left out, or sent empty; it is then `fallback`. */
export function optional<Value, Settings>(
  { schema, read, culprit }: Field<Value, Settings>,
  fallback: Value,
): Field<Value, Settings> {
  return {
    ...(culprit !== undefined && { culprit }),
    schema: Type.Optional(schema),
    read: (value, settings) =>
      value === undefined || value === null || value === '' ? fallback : read(value, settings),
  };
}
