// `npm test [-- FILE …]`: the whole suite, or the named files, each part on one real PostgreSQL started for it.
import { runOnPinnedNode } from './run.mjs';

const files = process.argv.slice(2);
const parts =
  files.length > 0
    ? [{ atOnce: 1, files }]
    : [
        { atOnce: 2, files: ['src/**/*.test.ts', 'sim/**/*.test.ts', 'test/*.test.ts'] },
        // All of Imara under load: nothing else may take the processors meanwhile.
        { atOnce: 1, files: ['test/whole/*.test.ts'] },
      ];
for (const part of parts) {
  const status = await runOnPinnedNode([
    '--test',
    '--test-global-setup=test/global-setup.ts',
    `--test-concurrency=${part.atOnce}`,
    '--test-timeout=600000',
    ...part.files,
  ]);
  // Stopped by a signal: what is left is not wanted.
  if (status > 128) break;
}
