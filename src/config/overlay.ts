import { isJsonObject, type Json, type JsonObject } from './canonical.ts';
import { type Candidates, candidatesOf, childCandidates } from './check/schema-walk.ts';

/**
 * A change merged into a document (RFC 7396): objects are merged key by key, `null` removes a key, and
 * everything else, arrays too, replaces what was there. Where `schema` says that `null` is a value, it is
 * one.
 */
export function merged(document: Json | undefined, change: Json, schema?: unknown): Json {
  return mergedBy(document, change, candidatesOf(schema));
}

function mergedBy(document: Json | undefined, change: Json, candidates: Candidates): Json {
  if (!isJsonObject(change)) return change;
  const result = new Map(isJsonObject(document) ? Object.entries(document) : []);
  for (const [key, value] of Object.entries(change)) {
    const inner = childCandidates(candidates, key);
    if (value === null && !inner.some(({ type }) => type === 'null')) result.delete(key);
    else result.set(key, mergedBy(result.get(key), value, inner));
  }
  return Object.fromEntries(result);
}

/**
 * The document that an instance of `environment` sees: the common part with `environments.<environment>`
 * merged into it. One release travels through all environments, so its hash is the same in each.
 */
export function documentFor(document: JsonObject, environment: string): JsonObject {
  const { environments, ...common } = document;
  const overlay =
    isJsonObject(environments) && Object.hasOwn(environments, environment)
      ? environments[environment]
      : undefined;
  const resolved = merged(common, overlay ?? {});
  return isJsonObject(resolved) ? resolved : common;
}

/**
 * The schema of the stored document: `schema` with an overlay for each environment. Only for reading
 * annotations and for documentation: what must hold is checked on the resolved documents, where a key may
 * come from either part.
 */
export function withOverlays(schema: JsonSchema, environments: readonly string[]): JsonSchema {
  const overlays = Object.fromEntries(environments.map((name) => [name, schema]));
  return {
    ...schema,
    properties: { ...schema.properties, environments: { type: 'object', properties: overlays } },
  };
}

/** A JSON Schema object, as TypeBox makes them, seen as the plain data that it is. */
export interface JsonSchema {
  readonly properties?: object;
}
