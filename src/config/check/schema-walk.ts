import { isJsonObject, isRecord, type Json } from '../canonical.ts';
import type { Path } from '../path.ts';

/**
 * The schemas that may describe one value: more than one below a union, none where the schema says nothing.
 */
export type Candidates = readonly Record<string, unknown>[];

export function candidatesOf(schema: unknown): Candidates {
  if (!isRecord(schema)) return [];
  const branches = ['anyOf', 'allOf', 'oneOf'].flatMap((keyword) => listOf(schema[keyword]));
  return [schema, ...branches.flatMap(candidatesOf)];
}

/**
 * The schemas of the value under `key`. Empty: an undeclared key, or a form this walk does not know (`$ref`).
 */
export function childCandidates(parents: Candidates, key: string | number): Candidates {
  return parents.flatMap((parent) => {
    if (typeof key === 'number') {
      const tuple = listOf(parent.prefixItems)[key] ?? listOf(parent.items)[key];
      return candidatesOf(tuple ?? parent.items);
    }
    const { properties, patternProperties, additionalProperties } = parent;
    if (isRecord(properties) && Object.hasOwn(properties, key)) return candidatesOf(properties[key]);
    if (isRecord(patternProperties)) {
      const match = Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern, 'u').test(key));
      if (match !== undefined) return candidatesOf(match[1]);
    }
    return candidatesOf(additionalProperties);
  });
}

/** Calls `visit` for every value of the document, with the schemas that describe it; parents come first. */
export function walk(
  value: Json,
  schema: unknown,
  visit: (value: Json, candidates: Candidates, path: Path) => void,
): void {
  const descend = (at: Json, candidates: Candidates, path: Path): void => {
    visit(at, candidates, path);
    for (const [key, child] of childrenOf(at))
      descend(child, childCandidates(candidates, key), [...path, key]);
  };
  descend(value, candidatesOf(schema), []);
}

/** The value at a path, and the schemas that describe it. */
export function valueAt(
  document: Json,
  schema: unknown,
  path: Path,
): { value: Json | undefined; candidates: Candidates } {
  let value: Json | undefined = document;
  let candidates = candidatesOf(schema);
  for (const key of path) {
    candidates = childCandidates(candidates, key);
    value = childOf(value, key);
  }
  return { value, candidates };
}

export function childOf(value: Json | undefined, key: string | number): Json | undefined {
  if (typeof key === 'number') return isArray(value) ? value[key] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function childrenOf(value: Json): [string | number, Json][] {
  if (isArray(value)) return value.map((child, index) => [index, child]);
  return isJsonObject(value) ? Object.entries(value) : [];
}

/** `Array.isArray`, which does not narrow read-only arrays. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
