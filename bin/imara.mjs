#!/usr/bin/env node
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runOnPinnedNode } from './run.mjs';
import { linkPostgresLibraries, nodeBinary, setUp } from './setup.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(root, 'node_modules', '.cache', 'imara');
const source = join(root, 'src', 'cli', 'main.ts');
const packed = join(root, 'dist', 'cli', 'main.js');

// The shell in which npm runs us does not hand on the SIGTERM that ends it: to be orphaned is to be told to
// stop.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.kill(process.pid, 'SIGTERM'), 250).unref();
}

if (!existsSync(source)) {
  // Installed as a package: it runs on the Node that is here, and npm has installed what it needs.
  refuseOldNode();
  linkPostgresLibraries();
  process.removeAllListeners('warning');
  process.argv[1] = packed;
  await import(pathToFileURL(packed).href);
} else {
  await runFromClone();
}

/** npm only warns of it. */
function refuseOldNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [least, here] = [engines.node.replace('>=', ''), process.versions.node];
  if (here.localeCompare(least, 'en', { numeric: true }) >= 0) return;
  process.stderr.write(`imara: this is Node ${here}; install Node ${least} or newer.\n`);
  process.exit(1);
}

async function runFromClone() {
  setUp();
  const { bundledMain } = await import('./bundle.mjs');
  const main = await bundledMain().catch((error) => {
    process.stderr.write(`imara: the sources cannot be bundled. ${error.message}\n`);
    process.exit(1);
  });
  // Under npm the pinned Node is the one on the path: then one process is enough.
  if (realpathSync(process.execPath) === realpathSync(nodeBinary)) {
    process.argv[1] = main;
    module.enableCompileCache(cache);
    await import(pathToFileURL(main).href);
  } else {
    runOnPinnedNode([main, ...process.argv.slice(2)], { NODE_COMPILE_CACHE: cache, ...process.env });
  }
}
