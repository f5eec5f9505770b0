import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { missing, type Program } from '../test/stack/programs.ts';
import { type Bench, type BenchReport, type Figure, reached } from './report.ts';

// Each bench is loaded when it is asked for: one that fails to load must not stop the others.
const benches: Record<string, () => Promise<Bench>> = {
  books: async () => (await import('./books.ts')).books,
  push: async () => (await import('./push/push.ts')).push,
  start: async () => (await import('./start.ts')).start,
  auth: async () => (await import('./auth/auth.ts')).auth,
  overload: async () => (await import('./overload/overload.ts')).overload,
  bulkheads: async () => (await import('./overload/bulkheads.ts')).bulkheads,
  propagation: async () => (await import('./propagation/propagation.ts')).propagation,
  gate: async () => (await import('./gate/gate.ts')).gate,
  'false-alarms': async () => (await import('./false-alarms/false-alarms.ts')).falseAlarms,
  detection: async () => (await import('./detection/detection.ts')).detection,
  replace: async () => (await import('./replace.ts')).replace,
  callbacks: async () => (await import('./callbacks/callbacks.ts')).callbacks,
  e2e: async () => (await import('./e2e/e2e.ts')).e2e,
};
/** What a bench starts that npm does not install. */
const needs: Record<string, readonly Program[]> = {
  overload: ['haproxy'],
  detection: ['prometheus', 'prometheus-alertmanager'],
};
const usual = ['books', 'push', 'start'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '5' },
    rollouts: { type: 'string', default: '10000' },
    days: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '3' },
  },
});
const names = positionals.length > 0 ? positionals : usual;
const unknown = names.filter((name) => benches[name] === undefined);
if (unknown.length > 0) {
  console.error(`no bench named ${unknown.join(', ')}; there are: ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}

const lacking = missing(names.flatMap((name) => needs[name] ?? []));
if (lacking.length > 0) {
  console.error(lacking.join('\n'));
  process.exit(1);
}

const reports: BenchReport[] = [];
for (const name of names) {
  const bench = await benches[name]?.();
  if (bench === undefined) continue;
  console.error(`── ${name}`);
  const report = await bench({
    seconds: Number(values.seconds),
    rollouts: Number(values.rollouts),
    days: Number(values.days),
    rounds: Number(values.rounds),
    log: (line) => console.error(`   ${line}`),
  });
  reports.push(report);
  print(report);
}

const file = `bench/results/${new Date().toISOString().replaceAll(':', '')}-${names.join('-')}.json`;
const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
await mkdir('bench/results', { recursive: true });
await writeFile(
  file,
  `${JSON.stringify({ at: new Date().toISOString(), machine, node: process.version, reports }, null, 2)}\n`,
);
console.log(`machine: ${machine}, Node ${process.version}; written to ${file}`);
process.exit(0);

function print({ bench, figures, notes = [] }: BenchReport): void {
  console.log(`\n${bench}`);
  const width = Math.max(...figures.map(({ what }) => what.length));
  for (const figure of figures) {
    const value = figure.value.toLocaleString('en', { maximumFractionDigits: 2 });
    console.log(
      `  ${figure.what.padEnd(width)}  ${value.padStart(10)} ${figure.unit.padEnd(6)} ${bar(figure)}`,
    );
  }
  for (const note of notes) console.log(`  · ${note}`);
}

function bar(figure: Figure): string {
  if (figure.reach === undefined) return '';
  const wanted = `${figure.reach.at === 'least' ? '≥' : '≤'} ${figure.reach.value}`;
  return `${wanted}  ${reached(figure) ? 'reached' : 'NOT REACHED'}`;
}
