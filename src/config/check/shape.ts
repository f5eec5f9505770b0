import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { isJsonObject, type Json } from '../canonical.ts';
import { errorsOf } from './schema-findings.ts';

/** What a version may tighten, or loosen, without another meaning of a value. */
const BOUNDS = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'pattern'];

/**
 * Where a document is of the schema's shape and outside of its bounds; `undefined`: it has not even the
 * shape.
 */
export type Fit<Schema extends TSchema> =
  | { document: Static<Schema>; outside: readonly string[] }
  | undefined;

/**
 * Reads what was served with by an earlier version. Its bounds were wider, perhaps; with what it was proved
 * with it goes on (R8), and an undo leads back to it (R6). What is new is held to the whole schema, by
 * control and by the taste.
 */
export function fitOf<Schema extends TSchema>(schema: Schema, document: Json | undefined): Fit<Schema> {
  if (Value.Check(schema, document)) return { document, outside: [] };
  if (!isJsonObject(document)) return undefined;
  const errors = errorsOf(schema, document);
  const outside = new Set(
    errors.flatMap(({ keyword, instancePath }) => (BOUNDS.includes(keyword) ? [instancePath] : [])),
  );
  // Of a union, one branch is of the value's type; what the others say of it does not matter.
  if (!errors.every(({ instancePath }) => outside.has(instancePath))) return undefined;
  return { document: document as Static<Schema>, outside: [...outside] };
}
