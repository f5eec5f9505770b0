// `npm run sim [-- --seeds N --from N --instances N | --seed N --trace]`
import { runOnPinnedNode } from './run.mjs';

runOnPinnedNode(['sim/main.ts', ...process.argv.slice(2)]);
