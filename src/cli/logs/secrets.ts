import { readFile } from 'node:fs/promises';
import { secretNames } from '../../platform/secret-names.ts';
import type { Credentials } from '../../supervisor/home/credentials.ts';
import type { Home } from '../../supervisor/home/home.ts';

const MASK = '[masked]';
/** A secret shorter than this would be found in words that are none. */
const SHORTEST = 8;
const names = new Set(secretNames.map((name) => name.toLowerCase()));
/** Credentials in a header, and in an address. */
const IN_TEXT: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi, `$1 ${MASK}`],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, `$1:${MASK}@`],
  /** Of operators and agents: `newToken`. */
  [/\bimara_[\w-]{20,}/g, MASK],
  [/\b(pass(?:word|key)?|secret|token)=(?:'[^']*'|"[^"]*"|[^\s&,;'"]+)/gi, `$1=${MASK}`],
];

/**
 * Masks what a process should not have written: fields that are named like secrets however deep they are,
 * credentials in headers and addresses, and the secrets of this home wherever they stand.
 */
export class Secrets {
  readonly #known: readonly string[];

  constructor(known: Iterable<string>) {
    this.#known = [...new Set(known)].filter((secret) => secret.length >= SHORTEST);
  }

  static async of(home: Home): Promise<Secrets> {
    const files = [home.keySecretFile, home.tokenSecretFile];
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
    return new Secrets([...(await credentialsOf(home)), ...texts.map((text) => text.trim())]);
  }

  mask<T>(value: T): T;
  mask(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (Array.isArray(value)) return value.map((one) => this.mask(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        names.has(name.toLowerCase()) && inner !== null ? MASK : this.mask(inner),
      ]),
    );
  }

  #text(text: string): string {
    let shown = text;
    for (const secret of this.#known) shown = shown.replaceAll(secret, MASK);
    for (const [pattern, replacement] of IN_TEXT) shown = shown.replace(pattern, replacement);
    return shown;
  }
}

async function credentialsOf({ credentialsFile }: Home): Promise<string[]> {
  const text = await readFile(credentialsFile, 'utf8').catch(() => '{}');
  const {
    consumerSecret = '',
    passkey = '',
    initiatorPassword = '',
  } = JSON.parse(text) as Partial<Credentials>;
  return [consumerSecret, passkey, initiatorPassword];
}
