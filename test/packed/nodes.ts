import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { run } from './fresh-folder.ts';

/** The newest of each line that is still kept, beside the one that everything here runs on. */
const others = { 22: '22.23.5', 24: '24.22.3' } as const;
const DOWNLOAD_MS = 240_000;

/** Executables of every Node that the packed form says it runs on; fetched once, and kept with the installed packages. */
export async function everyNode(): Promise<string[]> {
  const folder = resolve('node_modules', '.cache', 'imara', 'nodes');
  const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const wanted = Object.entries(others).map(([major, version]) => ({
    name: `node-${major}`,
    specifier: `node-${major}@npm:${platform}@${version}`,
  }));
  const binary = (name: string) => resolve(folder, 'node_modules', name, 'bin', 'node');
  if (!wanted.every(({ name }) => existsSync(binary(name)))) {
    await mkdir(folder, { recursive: true });
    const specifiers = wanted.map(({ specifier }) => specifier);
    const flags = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--prefer-offline'];
    await run('npm', ['install', ...flags, ...specifiers], { cwd: folder, timeout: DOWNLOAD_MS });
  }
  return [...wanted.map(({ name }) => binary(name)), process.execPath];
}
