import { createHash } from 'node:crypto';
import type { Entry, Json, Written } from './entry.ts';

export const FIRST_PREVIOUS = '0'.repeat(64);

/** Where the chain ends: what the next entry is tied to. */
export interface Head {
  readonly sequence: number;
  readonly hash: string;
}

export const EMPTY: Head = { sequence: 0, hash: FIRST_PREVIOUS };

/** The entry with its place in the chain. */
export function chain(entry: Entry, head: Head): Written {
  const unsigned = { ...entry, sequence: head.sequence + 1, previous: head.hash };
  return { ...unsigned, hash: hashOf(unsigned) };
}

/** Why a line is not what was written after `head`; `undefined`: it is. */
export function fault(line: Written, head: Head): string | undefined {
  const { hash, ...rest } = line;
  if (line.sequence !== head.sequence + 1) return `has the number ${line.sequence} after ${head.sequence}`;
  if (line.previous !== head.hash) return 'is not tied to the line before it';
  if (hash !== hashOf(rest)) return 'was changed after it was written';
  return undefined;
}

function hashOf(unsigned: Omit<Written, 'hash'>): string {
  return createHash('sha256').update(canonical(unsigned)).digest('hex');
}

/** JSON with the keys of every object in order; what is `undefined` is left out. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: Json) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
