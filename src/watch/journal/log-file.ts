import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file that only grows. */
export interface LogFile {
  /** Bytes that are whole and on the disk. */
  readonly size: number;
  /** Settles when all of it is on the disk; where it throws, nothing of it counts. */
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens or makes it. What a failed append has left is cut off before the next. `write` is for tests. */
export async function openLogFile(
  path: string,
  write = (handle: FileHandle, bytes: Buffer): Promise<void> => handle.appendFile(bytes),
): Promise<LogFile> {
  const handle = await open(path, 'a+', 0o600);
  let { size } = await handle.stat();
  if (size === 0) await syncDirectory(dirname(path));
  let torn = false;
  return {
    get size() {
      return size;
    },
    async append(text) {
      const bytes = Buffer.from(text);
      if (torn) await handle.truncate(size);
      torn = true;
      await write(handle, bytes);
      await handle.datasync();
      torn = false;
      size += bytes.length;
    },
    close: () => handle.close(),
  };
}

/** A new name is on the disk when its folder is. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
