// `npm test [-- FILE …]`: the whole suite, or the named files, on one real PostgreSQL started for the run.
import { runOnPinnedNode } from './run.mjs';

const files = process.argv.slice(2);
runOnPinnedNode([
  '--test',
  '--test-global-setup=test/global-setup.ts',
  '--test-concurrency=2',
  '--test-timeout=300000',
  ...(files.length > 0 ? files : ['src/**/*.test.ts', 'test/**/*.test.ts', 'sim/**/*.test.ts']),
]);
