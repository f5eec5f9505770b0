import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { choicesText } from '../config/nearest.ts';
import { homeOf } from '../fleet/home.ts';
import { readFrom, size, tail } from '../fleet/log-files.ts';
import { exitCodes, Failure } from './failure.ts';
import { paint, print } from './terminal.ts';

const POLL_MS = 250;
/** Read at a time when following: a flood is caught up with in steps. */
const STEP_BYTES = 1 << 20;

export interface LogsOptions {
  follow?: true;
  lines: number;
}

/** The last lines of one process, or of all; with `follow`, what they write from then on, until Ctrl-C. */
export async function logs(name: string | undefined, { follow, lines }: LogsOptions): Promise<void> {
  const { logs: directory } = homeOf(process.env);
  const files = (await readdir(directory).catch(() => [])).filter((file) => file.endsWith('.log')).sort();
  const wanted = files.filter((file) => name === undefined || basename(file, '.log') === name);
  if (wanted.length === 0) {
    throw new Failure({
      what:
        name === undefined ? `There are no logs in ${directory}.` : `No process named "${name}" has a log.`,
      fix:
        files.length === 0
          ? 'Start with `npx imara up`.'
          : `${choicesText(
              'logs',
              files.map((file) => basename(file, '.log')),
              name,
            )}.`,
      exitCode: exitCodes.usage,
    });
  }
  const positions = new Map<string, number>();
  for (const file of wanted) {
    positions.set(file, await size(join(directory, file)));
    show(file, await tail(join(directory, file), lines), wanted.length > 1);
  }
  while (follow) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    for (const [file, position] of positions) {
      const end = await size(join(directory, file));
      // Shorter than before: it was rotated.
      const from = end < position ? 0 : position;
      const to = Math.min(end, from + STEP_BYTES);
      show(file, await readFrom(join(directory, file), from, to), wanted.length > 1);
      positions.set(file, to);
    }
  }
}

function show(file: string, text: string, several: boolean): void {
  if (text === '') return;
  const title = several ? `${paint('dim', basename(file, '.log'))}  ` : '';
  for (const line of text.trimEnd().split('\n')) print(title + line);
}
