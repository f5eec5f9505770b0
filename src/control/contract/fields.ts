import Type, { type Static, type TSchema } from 'typebox';
import type { Json, JsonObject } from '../../config/canonical.ts';
import { roles } from '../operators.ts';

const strict = { additionalProperties: false } as const;

/** An object with these keys and no others: what is answered is what is written here. */
export function Exactly<Properties extends Record<string, TSchema>>(
  properties: Properties,
  { description }: { description?: string } = {},
) {
  return Type.Object(properties, { ...strict, ...(description !== undefined && { description }) });
}

export function List<Item extends TSchema>(item: Item, options: { description?: string } = {}) {
  return Type.Unsafe<readonly Static<Item>[]>(Type.Array(item, options));
}

export function OrNull<Of extends TSchema>(schema: Of, options: { description?: string } = {}) {
  return Type.Union([schema, Type.Null()], options);
}

/** One of these texts. */
export function Word<const Words extends readonly string[]>(
  words: Words,
  options: { description?: string } = {},
) {
  return Type.Unsafe<Words[number]>(Type.Enum([...words], options));
}

const text = (description: string) => Type.String({ description });
export const Text = text;
export const Time = (description?: string) =>
  Type.String({ format: 'date-time', ...(description !== undefined && { description }) });
export const Milliseconds = (description: string) =>
  Type.Number({ description: `${description}; ms since the epoch` });
export const Count = (description?: string) =>
  Type.Integer({ minimum: 0, ...(description !== undefined && { description }) });

/** Any JSON. */
export const AnyJson = Type.Unsafe<Json>(Type.Unknown());
export const Document = Type.Unsafe<JsonObject>(Type.Record(Type.String(), Type.Unknown()));

/** Whose configuration: Imara's own when left out. */
export const Service = Type.Optional(
  Type.String({ description: "whose configuration; Imara's own when left out" }),
);
export const OfService = Exactly({ service: Service });
export const Reason = Type.String({ minLength: 1, maxLength: 500, description: 'why, for the journal' });
export const Because = Exactly({ reason: Reason });
export const Id = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) });
export const Sequence = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });
export const RoleName = Word(roles);
