// `npm test [-- FILE …]`: the whole suite, or the named files, each part on one real PostgreSQL started for
// it.
import { fileURLToPath } from 'node:url';
import { runOnPinnedNode } from './run.mjs';

const files = process.argv.slice(2);
const parts =
  files.length > 0
    ? [{ atOnce: 1, files }]
    : [
        // Most of a file's time it waits for something to happen.
        {
          atOnce: 3,
          files: [
            'src/**/*.test.ts',
            'sim/**/*.test.ts',
            'test/*.test.ts',
            'test/{rules,conformance}/*.test.ts',
          ],
        },
        // All of Imara, used by one person, or with changes that travel: mostly they wait for the next wave.
        { atOnce: 2, files: ['test/whole/*.test.ts', 'test/rollouts/*.test.ts'] },
        // All of Imara, with processes that are killed, cut off, stopped or restarted: nothing else may take
        // the processors.
        { atOnce: 1, files: ['test/under-load/*.test.ts'] },
      ];
// Each file is a process of its own: what one has compiled, the next need not.
const cache = fileURLToPath(new URL('../node_modules/.cache/imara', import.meta.url));
const env = { NODE_COMPILE_CACHE: cache, ...process.env };
for (const part of parts) {
  const args = ['--test', '--test-global-setup=test/global-setup.ts', '--test-timeout=600000'];
  const status = await runOnPinnedNode([...args, `--test-concurrency=${part.atOnce}`, ...part.files], env);
  // Stopped by a signal: what is left is not wanted.
  if (status > 128) break;
}
