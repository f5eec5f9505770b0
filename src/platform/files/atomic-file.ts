import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, link, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/*
 * Files that are whole or not there, also after a power cut: temporary file, fsync, rename, fsync of the
 * folder. Without the last, the name may still lead to the old file, or to none, when the machine comes back.
 * `write-file-atomic` leaves it out.
 *
 * Only the user that writes such a file may read it, and the folder must be there. Of writers at the same
 * time the last one's content stays.
 */

const MODE = 0o600;
const UNFINISHED = '.tmp';

/**
 * Resolves when the content is on the disk under this name. Rejects with what the disk says; then the old
 * file is as it was.
 */
export async function replaceFile(file: string, content: string): Promise<void> {
  const whole = await unfinished(file, content);
  await orRemoved(whole, () => rename(whole, file));
  await syncFolder(dirname(file));
}

/**
 * As `replaceFile`, without waiting for anything but the disk: for a process that must not go on, or will be
 * ended, before.
 */
export function replaceFileNow(file: string, content: string): void {
  const whole = unfinishedName(file);
  try {
    writeFileSync(whole, content, { mode: MODE, flag: 'wx', flush: true });
    renameSync(whole, file);
  } catch (error) {
    rmSync(whole, { force: true });
    throw error;
  }
  if (!SYNCS_FOLDERS) return;
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * As `replaceFile`, but a file that is there stays: of several writers the first one's content is
 * everybody's.
 */
export async function createFile(file: string, content: string): Promise<void> {
  const whole = await unfinished(file, content);
  try {
    await link(whole, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(whole, { force: true });
  }
  // Also where another was first: what is read next must not be gone tomorrow.
  await syncFolder(dirname(file));
}

/** Removes what writers that were killed left half-done in a folder that nobody writes to now. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(UNFINISHED)) await rm(join(folder, name), { force: true });
  }
}

function unfinishedName(file: string): string {
  return join(dirname(file), `.${randomBytes(6).toString('hex')}${UNFINISHED}`);
}

async function unfinished(file: string, content: string): Promise<string> {
  const whole = unfinishedName(file);
  await orRemoved(whole, () =>
    withHandle(whole, 'wx', async (handle) => {
      await handle.writeFile(content);
      await handle.sync();
    }),
  );
  return whole;
}

async function orRemoved(whole: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await rm(whole, { force: true });
    throw error;
  }
}

/** Windows opens no folder, and NTFS needs no such thing: it keeps a journal of its names. */
const SYNCS_FOLDERS = process.platform !== 'win32';

async function syncFolder(folder: string): Promise<void> {
  if (SYNCS_FOLDERS) await withHandle(folder, 'r', (handle) => handle.sync());
}

async function withHandle(
  path: string,
  flags: string,
  work: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(path, flags, MODE);
  await work(handle).finally(() => handle.close());
}
