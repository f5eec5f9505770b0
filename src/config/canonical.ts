import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** `sha256:` and 64 lower-case hex digits. */
export type ContentHash = string;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return isRecord(value);
}

/**
 * What JSON makes of a value: plain data, of which the rest knows nothing. What JSON cannot say is gone.
 * Throws on a circle.
 */
export function plainJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

/**
 * The one byte form of a value (RFC 8785), for hashing and signing. Throws on NaN, infinity and lone
 * surrogates.
 */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('only JSON has a canonical form');
  return text;
}

export function contentHash(value: Json): ContentHash {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}

/** Whether two values are the same JSON, whatever the order of their keys. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || canonicalJson(a) === canonicalJson(b);
}
