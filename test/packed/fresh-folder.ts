import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);
const BUILD_MS = 180_000;

export interface FreshFolder {
  directory: string;
  /** What is in the package of that name, as it was packed. */
  manifest(name: string): Promise<{ dependencies: Record<string, string> }>;
}

/** Packs all three, as `npm run pack` does; returns the folder with the tarballs. */
export async function packAll(): Promise<string> {
  const packed = await mkdtemp(join(tmpdir(), 'imara-packed-'));
  await run(process.execPath, ['bin/build.mjs', '--pack', packed], { timeout: BUILD_MS });
  return packed;
}

/**
 * A folder outside the clone with one packed package in it, and what that package names as its dependencies,
 * no more: those are linked from the clone, so that the suite needs no registry.
 */
export async function folderWith(packed: string, name: string): Promise<FreshFolder> {
  const directory = await mkdtemp(join(tmpdir(), 'imara-fresh-'));
  const modules = join(directory, 'node_modules');
  const folder = (of: string) => join(modules, ...of.split('/'));
  const manifest = async (of: string) => JSON.parse(await readFile(join(folder(of), 'package.json'), 'utf8'));
  await mkdir(folder(name), { recursive: true });
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  const tarball = join(packed, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder(name)]);
  const { dependencies } = await manifest(name);
  for (const dependency of Object.keys(dependencies)) {
    await mkdir(dirname(folder(dependency)), { recursive: true });
    await symlink(resolve('node_modules', dependency), folder(dependency));
  }
  await writeFile(join(directory, 'package.json'), '{ "private": true, "type": "module" }\n');
  return { directory, manifest };
}
