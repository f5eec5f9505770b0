import { parseArgs } from 'node:util';
import { coldStart } from './run.ts';

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' } } });
const { faults, figures } = await coldStart({ seed: Number(values.seed) });
for (const [what, figure] of Object.entries(figures)) console.log(`${what.padEnd(36)} ${figure}`);
console.log(faults.length === 0 ? 'nothing was asked for more than it bears' : faults.join('\n'));
process.exitCode = faults.length === 0 ? 0 : 1;
