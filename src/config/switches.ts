import { isJsonObject, type Json, type JsonObject, sameJson } from './canonical.ts';
import { type Path, pathText } from './path.ts';

/**
 * Of a service's configuration: the keys whose `false` only takes away what is offered. `*` stands for any
 * one key.
 */
export type Switches = readonly (readonly string[])[];

interface SwitchKind {
  switches?: Switches;
  environments: readonly string[];
}

/**
 * The switches that `after` turns off, when it changes nothing else; `undefined` when it changes anything
 * else, or nothing. Both may be whole documents or one environment's view. Turning on is no such change: it
 * gives users what may be broken, so it needs evidence.
 */
export function switchedOff(kind: SwitchKind, before: JsonObject, after: JsonObject): string[] | undefined {
  const changed = differences(before, after, []);
  const off = changed.every((each) => each.after === false && isSwitch(kind, each.path));
  return off && changed.length > 0 ? changed.map(({ path }) => pathText(path)) : undefined;
}

/**
 * Whether one environment's view changes in nothing but in what it switches off; the switch may be of another
 * environment.
 */
export function isHarmless(kind: SwitchKind, before: JsonObject, after: JsonObject): boolean {
  return sameJson(before, after) || switchedOff(kind, before, after) !== undefined;
}

function isSwitch({ switches = [], environments }: SwitchKind, path: Path): boolean {
  const [first, environment, ...rest] = path;
  const isOverlay = first === 'environments' && environments.some((name) => name === environment);
  const key = isOverlay ? rest : path;
  return switches.some(
    (pattern) =>
      pattern.length === key.length &&
      pattern.every((wanted, index) => wanted === '*' || wanted === key[index]),
  );
}

interface Difference {
  path: Path;
  after: Json | undefined;
}

/**
 * Leaf by leaf; an object that is added is its leaves, and one that replaces a value, or is replaced, is one
 * difference.
 */
function differences(before: Json | undefined, after: Json | undefined, path: Path): Difference[] {
  if (sameJson(before, after)) return [];
  const isAdded = before === undefined || isJsonObject(before);
  if (!isJsonObject(after) || !isAdded || Object.keys(after).length === 0) return [{ path, after }];
  const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after)]);
  return [...keys]
    .toSorted()
    .flatMap((key) => differences(own(before, key), own(after, key), [...path, key]));
}

function own(value: JsonObject | undefined, key: string): Json | undefined {
  return value !== undefined && Object.hasOwn(value, key) ? value[key] : undefined;
}
