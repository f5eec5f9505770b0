import { isJsonObject, type Json, type JsonObject, sameJson } from './canonical.ts';
import { candidatesOf } from './check/schema-walk.ts';
import { type Path, pathText } from './path.ts';
import { childSight, maskedBy, type Sight } from './secret.ts';

/** One changed value. A side that is absent in that document is left out; secrets are masked on both. */
export interface Change {
  path: string;
  before?: Json;
  after?: Json;
}

/** What differs between two documents, leaf by leaf, in the order of the keys. An array is one value. */
export function diff(before: JsonObject, after: JsonObject, schema: unknown): Change[] {
  return changes(before, after, candidatesOf(schema), []);
}

function changes(before: Json | undefined, after: Json | undefined, sight: Sight, path: Path): Change[] {
  if (sameJson(before, after)) return [];
  const keys = new Set([...keysOf(before), ...keysOf(after)]);
  const bothTrees = isTree(before) && isTree(after);
  if (keys.size === 0 || !bothTrees) {
    return [
      {
        path: pathText(path),
        ...(before === undefined ? {} : { before: maskedBy(before, sight) }),
        ...(after === undefined ? {} : { after: maskedBy(after, sight) }),
      },
    ];
  }
  return [...keys]
    .toSorted()
    .flatMap((key) => changes(own(before, key), own(after, key), childSight(sight, key), [...path, key]));
}

/** An absent side counts as an empty object, so that an added object is listed by its leaves. */
function isTree(value: Json | undefined): value is JsonObject | undefined {
  return value === undefined || isJsonObject(value);
}

function keysOf(value: Json | undefined): string[] {
  return isJsonObject(value) ? Object.keys(value) : [];
}

function own(value: JsonObject | undefined, key: string): Json | undefined {
  return value !== undefined && Object.hasOwn(value, key) ? value[key] : undefined;
}
