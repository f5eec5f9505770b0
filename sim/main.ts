import { parseArgs } from 'node:util';
import { type Outcome, run } from './run.ts';

/** Every so many seeds one is of a thousand instances, unless their number is given. */
const LARGE_EVERY = 250;
const LARGE = 1_000;
const LINE_EVERY = 100;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    /** Just this one. */
    seed: { type: 'string' },
    instances: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});

const from = whole('seed', values.seed ?? values.from);
const count = values.seed === undefined ? whole('seeds', values.seeds) : 1;
const given = values.instances === undefined ? undefined : whole('instances', values.instances);
const began = performance.now();
const ends: Record<string, number> = {};
const failed: Outcome[] = [];
let virtualMs = 0;
let events = 0;
let large = 0;

for (let seed = from; seed < from + count; seed++) {
  const instances = given ?? (count > 1 && seed % LARGE_EVERY === 0 ? LARGE : undefined);
  const outcome = await run({
    seed,
    ...(instances === undefined ? {} : { instances }),
    ...(values.trace ? { tell: (line: string) => console.log(line) } : {}),
  });
  for (const [end, times] of Object.entries(outcome.ends)) ends[end] = (ends[end] ?? 0) + times;
  virtualMs += outcome.virtualMs;
  events += outcome.events;
  if (outcome.instances >= LARGE) large += 1;
  if (outcome.violation !== undefined) {
    failed.push(outcome);
    describe(outcome, instances);
  }
  if ((seed - from + 1) % LINE_EVERY === 0)
    console.log(`${seed - from + 1} seeds, ${failed.length} violated a rule`);
}

const hours = (virtualMs / 3_600_000).toFixed(1);
const seconds = ((performance.now() - began) / 1_000).toFixed(1);
const howEnded = Object.entries(ends).map(([end, times]) => `${times} ${end.replaceAll('_', ' ')}`);
console.log(
  `${count} seeds (${large} of ${LARGE} instances), ${hours} simulated hours, ${events} events in ${seconds} s`,
);
console.log(`rollouts: ${howEnded.join(', ') || 'none'}`);
console.log(failed.length === 0 ? 'no rule was violated' : `${failed.length} seeds violated a rule`);
process.exitCode = failed.length === 0 ? 0 : 1;

function describe({ seed, violation, story, roughness }: Outcome, instances: number | undefined): void {
  if (violation === undefined) return;
  const { rule, demands, fault, at } = violation;
  const size = instances === undefined ? '' : ` --instances ${instances}`;
  console.log(`\nseed ${seed}: ${rule} is violated after ${(at / 1_000).toFixed(3)} s: ${fault}`);
  console.log(`  ${rule}: ${demands}`);
  console.log(`  faults: ${JSON.stringify(roughness)}`);
  if (!values.trace) for (const line of story) console.log(`  ${line}`);
  console.log(`  again: npm run sim -- --seed ${seed}${size} --trace\n`);
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new Error(`--${name} ${text}: a whole number from 1 is wanted`);
}
