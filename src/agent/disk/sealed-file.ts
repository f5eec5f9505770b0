import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile, replaceFileNow } from '../../platform/files/atomic-file.ts';

/**
 * A file whose first line is the checksum of the rest, so that what a dying disk or machine left behind is
 * distinguished from what was written.
 */
export type Unsealed = { ok: true; value: unknown } | { ok: false; reason: string };

export async function writeSealed(file: string, value: object): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await replaceFile(file, sealed(value));
}

/** Without waiting for anything but the disk: for a process that is about to be ended. */
export function writeSealedNow(file: string, value: object): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  replaceFileNow(file, sealed(value));
}

/** `undefined`: there is no such file. */
export async function readSealed(file: string): Promise<Unsealed | undefined> {
  try {
    return unsealed(await readFile(file, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function sealed(value: object): string {
  const text = JSON.stringify(value);
  return `${checksum(text)}\n${text}\n`;
}

function unsealed(content: string): Unsealed {
  const [sum, text, ...rest] = content.split('\n');
  if (text === undefined || rest.length !== 1 || rest[0] !== '') return { ok: false, reason: 'cut off' };
  if (sum !== checksum(text)) return { ok: false, reason: 'its checksum does not match' };
  return { ok: true, value: JSON.parse(text) };
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
