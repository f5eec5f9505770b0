import type { Json } from '../../config/canonical.ts';

/** What JSON makes of a value: statements and decisions are plain data, which their types do not say. */
export function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value));
}
