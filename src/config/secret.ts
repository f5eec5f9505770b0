import { isJsonObject, type Json } from './canonical.ts';
import { type Candidates, candidatesOf, childCandidates, isArray } from './schema-walk.ts';

export const MASK = '••••••';

/**
 * The value as people and logs may see it: whatever the schema marks `secret: true` is masked, and so is whatever
 * the schema does not describe, because an unknown key may be a secret with a typing error in its name.
 */
export function masked(value: Json, schema: unknown): Json {
  return maskedBy(value, candidatesOf(schema));
}

export function maskedBy(value: Json, candidates: Candidates): Json {
  if (candidates.length === 0 || candidates.some(({ secret }) => secret === true)) return MASK;
  if (isArray(value)) return value.map((child, index) => maskedBy(child, childCandidates(candidates, index)));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, maskedBy(child, childCandidates(candidates, key))]),
  );
}
