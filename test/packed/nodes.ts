import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { run } from './fresh-folder.ts';

/**
 * The newest of the line between the oldest that the package says it runs on and the one that everything here
 * runs on.
 */
const BETWEEN = '24.22.3';
const DOWNLOAD_MS = 240_000;

/**
 * Executables of every Node that the packed form says it runs on; fetched once, and kept with the installed
 * packages.
 */
export async function everyNode(): Promise<string[]> {
  const folder = resolve('node_modules', '.cache', 'imara', 'nodes');
  const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const { engines } = JSON.parse(await readFile('package.json', 'utf8'));
  const wanted = [engines.node.replace('>=', ''), BETWEEN].map((version: string) => ({
    name: `node-${version}`,
    specifier: `node-${version}@npm:${platform}@${version}`,
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
