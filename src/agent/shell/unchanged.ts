import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../config/canonical.ts';
import type { Path } from '../../config/path.ts';

/**
 * Whether two documents agree in the value at `path` and in all that stands in the same section, the first
 * step of the path: an address may stop working for a time-out or an authority beside it.
 */
export function isUnchanged(before: unknown, after: unknown, path: Path): boolean {
  return isDeepStrictEqual(sectionOf(before, path), sectionOf(after, path));
}

function sectionOf(document: unknown, [first]: Path): unknown {
  return first !== undefined && isRecord(document) ? document[first] : document;
}
