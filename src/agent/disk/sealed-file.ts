import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * A file that is whole or not there: temporary file, fsync, rename, fsync of the directory. Its first line is the
 * checksum of the rest, so that what a dying disk or machine left behind is told from what was written.
 */
export type Unsealed = { ok: true; value: unknown } | { ok: false; reason: string };

export async function writeSealed(file: string, value: object): Promise<void> {
  const directory = dirname(file);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = join(directory, `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await withHandle(temporary, 'wx', async (handle) => {
      await handle.writeFile(sealed(value));
      await handle.sync();
    });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await withHandle(directory, 'r', (handle) => handle.sync());
}

/** Without waiting for anything but the disk: for a process that is about to be ended. */
export function writeSealedNow(file: string, value: object): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, sealed(value), { mode: 0o600, flush: true });
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

/** Removes what a writer that was killed left half-done. */
export async function removeUnfinished(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.endsWith('.tmp')) await rm(join(directory, name), { force: true });
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

async function withHandle(
  path: string,
  flags: string,
  work: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(path, flags, 0o600);
  await work(handle).finally(() => handle.close());
}
