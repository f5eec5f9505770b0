import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { choicesText } from '../../config/check/nearest.ts';
import { type Home, homeOf } from '../../supervisor/home/home.ts';
import { exitCodes, Failure } from '../failure.ts';
import { paint, say } from '../terminal/terminal.ts';
import { Entries, type Entry } from './entries.ts';
import { Payment } from './filter.ts';
import { LogLines } from './lines.ts';
import { Merge } from './merge.ts';
import type { Level } from './record.ts';
import { Secrets } from './secrets.ts';
import { Shown } from './shown.ts';

const POLL_MS = 250;
/** What has a place further in the future waits for nothing: the clock was set back. */
const AHEAD_MS = 1_000;
const USUAL_TAIL = 20;
/**
 * Read at first from the end of each log to find its last lines; four times as much each time that it was too
 * little.
 */
const TAIL_BYTES = 1 << 16;

export interface LogsOptions {
  follow?: true;
  /** How many of the last lines; by default 20, or all since a time or of a payment. */
  tail?: number;
  level?: Level;
  /** Milliseconds since the epoch. */
  since?: number;
  payment?: string;
  synthetic?: true;
}

/**
 * The lines of all processes, or of some, merged by time; with `follow`, what they write from then on, until
 * Ctrl-C.
 */
export async function logs(names: readonly string[], options: LogsOptions): Promise<void> {
  const home = homeOf();
  const wanted = chosen(await logNames(home), names, home);
  const payment = options.payment === undefined ? undefined : await paymentOf(home, options.payment);
  const shown = new Shown({ ...options, sinceMs: options.since, payment }, await Secrets.of(home));
  shown.widen(wanted);
  const { follow = false, since, tail = (since ?? payment) === undefined ? USUAL_TAIL : undefined } = options;
  const open = (lastBytes?: number) => openMerge(home, wanted, { ends: !follow, lastBytes, sinceMs: since });
  const merge = tail === undefined ? await open() : await showLast(open, tail, shown);
  try {
    await showDue(merge, shown);
    if (follow) await followAll(home, merge, shown, names, new Set(wanted));
  } finally {
    await merge.close();
  }
  if (options.payment !== undefined && shown.lines === 0) throw nothingOf(options.payment);
  if (shown.leftOut) {
    say(paint('dim', "Imara's own payments are left out: --synthetic shows them.", process.stderr));
  }
}

async function logNames({ logs }: Home): Promise<string[]> {
  const files = await readdir(logs).catch(() => []);
  return files
    .filter((file) => file.endsWith('.log'))
    .map((file) => basename(file, '.log'))
    .sort();
}

/** `api` is every `api-1`, `api-2` … */
function isNamed(name: string, names: readonly string[]): boolean {
  return names.length === 0 || names.some((one) => one === name || one === name.replace(/-\d+$/, ''));
}

function chosen(all: readonly string[], names: readonly string[], { logs }: Home): string[] {
  if (all.length === 0) {
    throw new Failure({ what: `There are no logs in ${logs}.`, fix: 'Start with `npx imara up`.' });
  }
  const unknown = names.find((name) => !all.some((one) => isNamed(one, [name])));
  if (unknown !== undefined) {
    throw new Failure({
      what: `No process named "${unknown}" has a log.`,
      fix: `${choicesText('logs', all, unknown)}.`,
      exitCode: exitCodes.usage,
    });
  }
  return all.filter((name) => isNamed(name, names));
}

async function openMerge(
  home: Home,
  names: readonly string[],
  { ends, ...part }: { ends: boolean; lastBytes?: number | undefined; sinceMs?: number | undefined },
): Promise<Merge> {
  const { lastBytes = Number.POSITIVE_INFINITY, sinceMs = 0 } = part;
  const logs = names.map(
    async (name) => new Entries(name, await LogLines.open(home.log(name), { lastBytes, sinceMs })),
  );
  const merge = new Merge(await Promise.all(logs), { ends });
  await merge.look();
  return merge;
}

/** Reads every log, because the line that says what else a payment is known by may be in any. */
async function paymentOf(home: Home, id: string): Promise<Payment> {
  const payment = new Payment(id);
  const merge = await openMerge(home, await logNames(home), { ends: true });
  for (let entry = await merge.next(); entry !== undefined; entry = await merge.next()) payment.learn(entry);
  await merge.close();
  return payment;
}

/** Shows the last `count` lines that are wanted. Returns the logs, read to their end. */
async function showLast(
  open: (lastBytes: number) => Promise<Merge>,
  count: number,
  shown: Shown,
): Promise<Merge> {
  for (let bytes = TAIL_BYTES; ; bytes *= 4) {
    const merge = await open(bytes);
    const { completeFromMs } = merge;
    const last: Entry[] = [];
    for (let entry = await merge.next(); entry !== undefined; entry = await merge.next()) {
      if (shown.wants(entry)) last.push(entry);
      if (last.length > count) last.shift();
    }
    const [first] = last;
    const isEnough = last.length === count && first !== undefined && first.placeMs > completeFromMs;
    if (isEnough || completeFromMs === Number.NEGATIVE_INFINITY) {
      for (const entry of last) shown.show(entry);
      return merge;
    }
    await merge.close();
  }
}

async function showDue(merge: Merge, shown: Shown, isDue?: (placeMs: number) => boolean): Promise<void> {
  for (let entry = await merge.next(isDue); entry !== undefined; entry = await merge.next(isDue)) {
    if (shown.wants(entry)) shown.show(entry);
  }
}

/**
 * What was written before a look is all there: it is shown in order, and what is newer waits for the next
 * look.
 */
async function followAll(
  home: Home,
  merge: Merge,
  shown: Shown,
  names: readonly string[],
  known: Set<string>,
): Promise<never> {
  for (;;) {
    await sleep(POLL_MS);
    for (const name of await logNames(home)) {
      if (known.has(name) || !isNamed(name, names)) continue;
      known.add(name);
      shown.widen([name]);
      merge.add(new Entries(name, await LogLines.open(home.log(name))));
    }
    const lookedAt = Date.now();
    await merge.look();
    await showDue(merge, shown, (placeMs) => placeMs <= lookedAt || placeMs > lookedAt + AHEAD_MS);
  }
}

function nothingOf(id: string): Failure {
  return new Failure({
    what: `No line is about ${id}.`,
    why: 'Logs are kept for a while, and of very many payments in one second not each has its lines.',
    fix: `\`npx imara callbacks show ${id}\` asks the database.`,
  });
}
