import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isObject, type KnownKeys, keyDocument, parseJson, parseKeys } from './key-set.ts';

/** Where the last good keys rest, so that a process boots and verifies with every server gone. */
export interface SeedStore {
  read(): Promise<string>;
  write(text: string): Promise<void>;
}

/** Replaced whole, by a rename: a crash leaves the old file or the new one. */
export function seedFile(path: string): SeedStore {
  return {
    read: () => readFile(path, 'utf8'),
    async write(text) {
      const draft = `${path}.${process.pid}.new`;
      await mkdir(dirname(path), { recursive: true });
      await writeFile(draft, text, { mode: 0o600 });
      await rename(draft, path);
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
