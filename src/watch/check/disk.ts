import { statfs } from 'node:fs/promises';

/** Whether so much of the disk is free, as a share of it; throws when not. */
export async function checkDisk({ path, free }: { path: string; free: number }): Promise<void> {
  const { bavail, blocks } = await statfs(path);
  const share = bavail / blocks;
  if (share < free) throw new Error(`${(share * 100).toFixed(1)} % of the disk of ${path} is free`);
}
