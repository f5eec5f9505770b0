import { isJsonObject, type Json, type JsonObject, sameJson } from './canonical.ts';

/**
 * The change (RFC 7396) that makes `after` of `before`; `undefined` where none can say it, because `after`
 * holds a `null` that was not there before, which a change would read as a removal.
 */
export function patchOf(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const patch = new Map<string, Json>();
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) patch.set(key, null);
  for (const [key, value] of Object.entries(after)) {
    const was = Object.hasOwn(before, key) ? before[key] : undefined;
    if (sameJson(was, value)) continue;
    if (isJsonObject(value)) {
      // An object takes the place of what is none: the same as of an empty one.
      const inside = patchOf(isJsonObject(was) ? was : {}, value);
      if (inside === undefined) return undefined;
      patch.set(key, inside);
    } else if (value === null) return undefined;
    else patch.set(key, value);
  }
  return Object.fromEntries(patch);
}
