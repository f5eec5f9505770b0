import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { provedRelease } from '../../agent/disk/memory-store.ts';
import type { Release } from '../../config/release.ts';

/**
 * The newest release that an instance of this home would start with, of one instance or of any; `undefined`:
 * nothing was proved here.
 */
export async function provedHere(home: string, instance?: string): Promise<Release | undefined> {
  const agents = join(home, 'agents');
  const names = instance === undefined ? await readdir(agents).catch(() => []) : [instance];
  const found = await Promise.all(names.map((name) => provedRelease(join(agents, name, 'proved'))));
  return found
    .flatMap((release) => release ?? [])
    .reduce<Release | undefined>(
      (newest, each) => (newest === undefined || each.sequence > newest.sequence ? each : newest),
      undefined,
    );
}
