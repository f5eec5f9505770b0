import { hash } from 'node:crypto';
import { lowestId } from '../../platform/retention/id-time.ts';

/**
 * A UUID (version 8, RFC 9562) that follows from what it stands for, so that making it again is making the
 * same one: `derivedId('opening', msisdn)`. The first part names the purpose.
 */
export function derivedId(purpose: string, ...facts: readonly string[]): string {
  const hex = hash('sha256', [purpose, ...facts].join('\n'), 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * The same, in the order of time as the ids of `newId` are (version 7): what is removed by age is found by
 * its id. `ms` is part of what it stands for.
 */
export function derivedIdAt(ms: number, purpose: string, ...facts: readonly string[]): string {
  const derived = derivedId(purpose, String(ms), ...facts);
  return `${lowestId(ms).slice(0, 14)}7${derived.slice(15)}`;
}
