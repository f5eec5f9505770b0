import { isRecord } from '../canonical.ts';
import type { Path } from '../path.ts';
import type { Finding } from './problem.ts';

/** No document is so deep; code that walks one needs a stack, and a hostile one could use it up. */
export const MOST_DEPTH = 32;
const MOST_FINDINGS = 20;

/**
 * What of a value cannot be kept, hashed or signed, although a parser takes it: numbers that are none
 * (`.nan`, `1e400`), whole numbers beyond what a double holds, text that no database takes, values that are
 * no JSON, and nesting without end.
 */
export function unplain(value: unknown): Finding[] {
  const found: Finding[] = [];
  const look = (at: unknown, path: Path): void => {
    if (found.length >= MOST_FINDINGS) return;
    if (path.length > MOST_DEPTH) {
      found.push({
        path: path.slice(0, 3),
        reason: `is nested more than ${MOST_DEPTH} deep`,
        advice: 'nest less',
      });
    } else if (Array.isArray(at)) {
      for (const [index, child] of at.entries()) look(child, [...path, index]);
    } else if (isRecord(at)) {
      for (const [key, child] of Object.entries(at)) {
        const fault = textFault(key);
        if (fault !== undefined)
          found.push({ path, reason: `has a key that ${fault}`, advice: 'write it again' });
        else look(child, [...path, key]);
      }
    } else {
      const fault = leafFault(at);
      if (fault !== undefined) found.push({ path, ...fault });
    }
  };
  look(value, []);
  return found;
}

function leafFault(value: unknown): Omit<Finding, 'path'> | undefined {
  switch (typeof value) {
    case 'number': {
      if (!Number.isFinite(value))
        return { reason: 'is not a number', advice: 'write a number, or leave the key out' };
      if (Number.isInteger(value) && !Number.isSafeInteger(value))
        return {
          reason: 'is a whole number beyond what can be held exactly',
          advice: 'write less than 2^53',
        };
      return undefined;
    }
    case 'string': {
      const fault = textFault(value);
      return fault === undefined ? undefined : { reason: fault, advice: 'write it again' };
    }
    case 'boolean':
      return undefined;
    default:
      return value === null
        ? undefined
        : { reason: 'is no JSON', advice: 'write text, a number, true or false' };
  }
}

function textFault(text: string): string | undefined {
  if (text.includes('\u0000')) return 'holds the character U+0000';
  return text.isWellFormed() ? undefined : 'is not well-formed Unicode';
}
