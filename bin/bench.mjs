// `npm run bench [-- NAME]`
import { runOnPinnedNode } from './run.mjs';

runOnPinnedNode(['bench/main.ts', ...process.argv.slice(2)]);
