import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from '../../../platform/files/atomic-file.ts';
import { isObject, type KnownKeys, keyDocument, parseJson, parseKeys } from './key-set.ts';

/** Where the last good keys rest, so that a process boots and verifies with every server gone. */
export interface SeedStore {
  read(): Promise<string>;
  write(text: string): Promise<void>;
}

/** Replaced whole: a crash leaves the old file or the new one. */
export function seedFile(path: string): SeedStore {
  return {
    read: () => readFile(path, 'utf8'),
    async write(text) {
      await mkdir(dirname(path), { recursive: true });
      await replaceFile(path, text);
    },
  };
}

export function seedText(keys: KnownKeys, issuer: string): string {
  const seenAtMs = Math.min(...[...keys.values()].map((key) => key.seenAtMs));
  return `${JSON.stringify({ seenAtMs, document: keyDocument(keys, issuer) })}\n`;
}

/** The keys that are kept at a path; none where there are none, or they cannot be read. */
export async function keptKeys(path: string, issuer: string): Promise<KnownKeys> {
  const text = await seedFile(path)
    .read()
    .catch(() => '');
  return parseSeed(text, issuer) ?? new Map();
}

/** The keys of a seed, with the age they had; `undefined` when it is not one, or another issuer's. */
export function parseSeed(text: string, issuer: string): KnownKeys | undefined {
  const seed = parseJson(text);
  if (!isObject(seed) || typeof seed.seenAtMs !== 'number') return undefined;
  const parsed = parseKeys(JSON.stringify(seed.document), issuer, seed.seenAtMs);
  return parsed.ok ? parsed.keys : undefined;
}
