import { isJsonObject, isRecord, type Json } from './canonical.ts';
import { nearest } from './check/nearest.ts';
import { type Candidates, candidatesOf, childCandidates, isArray } from './check/schema-walk.ts';
import type { Path } from './path.ts';

export const MASK = '••••••';

/** What decides whether a value is shown: the schemas that describe it, or that nothing of it may be. */
export type Sight = Candidates | 'hidden';

/** A key that no schema declares is judged by its name alone. */
const SECRET_NAME =
  /authorization|cookie|credential|pass|private|secret|signature|token|key$|(^|[^a-z])pin$|Pin$/i;

/**
 * The value as people and logs may see it. Masked is what the schema marks `secret: true`; of what it does
 * not describe, what is named like a secret, or almost as one that it knows: an unknown key may be a secret
 * with a typing error in its name.
 */
export function masked(value: Json, schema: unknown): Json {
  return maskedBy(value, candidatesOf(schema));
}

export function maskedBy(value: Json, sight: Sight): Json {
  if (sight === 'hidden' || sight.some(({ secret }) => secret === true)) return MASK;
  if (isArray(value)) return value.map((child, index) => maskedBy(child, childSight(sight, index)));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, maskedBy(child, childSight(sight, key))]),
  );
}

/** What decides about the value under `key`. */
export function childSight(parent: Sight, key: string | number): Sight {
  if (parent === 'hidden') return parent;
  const declared = childCandidates(parent, key);
  if (declared.length > 0) return declared;
  // A form that the walk does not know could say anything of what is in it.
  if (parent.some(({ $ref }) => $ref !== undefined)) return 'hidden';
  if (typeof key === 'number') return [];
  if (SECRET_NAME.test(key)) return 'hidden';
  const known = parent.flatMap(({ properties }) => (isRecord(properties) ? Object.keys(properties) : []));
  const meant = nearest(key, known);
  return meant === undefined ? [] : childCandidates(parent, meant);
}

/** What decides about the value at a path. */
export function sightAt(schema: unknown, path: Path): Sight {
  return path.reduce(childSight, candidatesOf(schema) as Sight);
}
