// `npm run sim [-- --seeds N --from N --instances N | --seed N --trace]`, `npm run sim -- cold-start [--seed
// N]`
import { runOnPinnedNode } from './run.mjs';

const [first, ...rest] = process.argv.slice(2);
runOnPinnedNode(
  first === 'cold-start' ? ['sim/cold-start/main.ts', ...rest] : ['sim/main.ts', ...process.argv.slice(2)],
);
