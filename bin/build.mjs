// `npm pack`, here and in packages/*: the packed form, JavaScript with declarations, because Node strips no
// types under node_modules. A clone runs from source and needs none of this. `npm run pack [-- FOLDER]` packs
// all three at once.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeBinary, setUp } from './setup.mjs';

const root = dirname(import.meta.dirname);
const dist = join(root, 'dist');
/** What each library starts from: its entry, and what it starts by a path. */
const libraries = {
  agent: ['agent/public.js', 'agent/thread/thread.js', 'agent/taster/child.js'],
  'auth-client': ['auth/client/public.js'],
};

setUp();
const folders = ['.', ...Object.keys(libraries).map((name) => `packages/${name}`)];
const [what, destination = '.'] = process.argv.slice(2);
if (process.env.IMARA_BUILT !== '1') build();
if (what === '--pack') {
  mkdirSync(destination, { recursive: true });
  for (const folder of folders) {
    run('npm', ['pack', '--silent', `./${folder}`, '--pack-destination', destination], { IMARA_BUILT: '1' });
  }
}

function build() {
  rmSync(dist, { recursive: true, force: true });
  run(nodeBinary, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json']);
  for (const file of readdirSync(join(root, 'src'), { recursive: true }))
    if (/migrations.[^/\\]*\.sql$/.test(file)) cpSync(join(root, 'src', file), join(dist, file));
  for (const [name, entries] of Object.entries(libraries)) {
    const folder = join(root, 'packages', name, 'dist');
    rmSync(folder, { recursive: true, force: true });
    for (const file of closure(entries)) cpSync(join(dist, file), join(folder, file));
  }
}

/** The files that these import, and theirs, with their declarations. */
function closure(entries) {
  const found = new Set();
  const waiting = entries.flatMap(withDeclaration);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const text = readFileSync(join(dist, file), 'utf8');
    for (const [, path] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)['"]/g))
      waiting.push(...withDeclaration(join(dirname(file), path.replace(/\.ts$/, '.js'))));
  }
  return found;
}

function withDeclaration(file) {
  return [file, file.replace(/\.js$/, '.d.ts')];
}

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return;
  process.stderr.write(
    `imara: \`${command} ${args.join(' ')}\` ${error?.message ?? `ended with ${status}`}\n`,
  );
  process.exit(1);
}
