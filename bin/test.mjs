// `npm test [-- FILE …]`: the whole suite, or the named files, on one real PostgreSQL started for the run.
import { runOnPinnedNode } from './run.mjs';

const files = process.argv.slice(2);
runOnPinnedNode([
  '--test',
  '--test-global-setup=test/global-setup.ts',
  // Whole stacks beside each other starve each other; a machine that decides on landing takes one file at a time.
  `--test-concurrency=${process.env.CI ? 1 : 2}`,
  '--test-timeout=600000',
  ...(files.length > 0 ? files : ['src/**/*.test.ts', 'test/**/*.test.ts', 'sim/**/*.test.ts']),
]);
