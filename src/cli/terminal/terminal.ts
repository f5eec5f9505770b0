import { stripVTControlCharacters, styleText } from 'node:util';
import type { Failure } from '../failure.ts';

type Format = Parameters<typeof styleText>[0];

const json = process.argv.includes('--json');
const wide = process.argv.includes('--wide');
/** Of a terminal whose width is not known, and of a pipe: what is cut depends on nothing that is not seen. */
const USUAL_WIDTH = 80;
/** No column is made narrower to let another be shown. */
const LEAST_WIDTH = 12;
const GAP = 2;
let cut = false;

/**
 * Whether a program reads what is printed (`--json`): then stdout holds data alone, and stderr at most one
 * error as JSON.
 */
export function forPrograms(): boolean {
  return json;
}

/** Talk for people: progress, hints. Never data. */
export function say(line: string): void {
  if (!json) process.stderr.write(`${line}\n`);
}

/** What read our output has read enough (`| head -1`): that is the end of the command, and no error. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endOnBrokenPipe);
}

/** For a command that must go on with its work when nobody reads what it says. */
export function goOnWithoutReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.off('error', endOnBrokenPipe);
    stream.on('error', () => {});
  }
}

function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

/** Data: what was asked for. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One object, for programs. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A time of the wire, ISO 8601, as it stands in a table: to the second, in UTC. */
export function timeText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`;
}

/** Colour where the stream shows it, by the rules of NO_COLOR and FORCE_COLOR. */
export function paint(format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(format, text, { stream });
}

/** To people in the order in which they need it; to programs one object, as one line. */
export function sayFailure({ message, why, fix, exitCode }: Failure): void {
  if (json) {
    const error = { what: message, why: why || null, fix: fix || null, exitCode };
    process.stderr.write(`${JSON.stringify({ error })}\n`);
    return;
  }
  say(`${paint('red', 'error:', process.stderr)} ${message}`);
  if (why) say(why);
  if (fix) say(paint('bold', fix, process.stderr));
}

/** A state of a process or of the whole, in the colour of how well that is. */
export function paintState(text: string): string {
  if (text === 'ready') return paint('green', text);
  if (['degraded', 'crash-looping', 'stalled', 'down'].includes(text)) return paint('red', text);
  return ['starting', 'stopping', 'backing-off'].includes(text) ? paint('yellow', text) : text;
}

type PaintCell = (cell: string, column: number) => string;

/**
 * Rows in columns as wide as their widest cell, in the width of the terminal: what has no room is left out or
 * cut, and said by `hintAtTheRest`; with `--wide` everything is shown. `spare`: columns that can be done
 * without, the first one first. `paintCell` colours a cell after it was measured.
 */
export function columns(
  rows: readonly (readonly string[])[],
  { paintCell, spare = [] }: { paintCell?: PaintCell; spare?: readonly number[] } = {},
): string {
  const widths = widthsOf(rows);
  if (!wide) fit(widths, spare, process.stdout.columns || USUAL_WIDTH);
  return aligned(rows, widths, paintCell);
}

/** A name and what it stands for a row: addresses, paths and secrets, which are copied and so never cut. */
export function facts(rows: readonly (readonly [string, string])[], paintCell?: PaintCell): string {
  return aligned(rows, widthsOf(rows), paintCell);
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return widths;
}

function aligned(
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  paintCell: PaintCell = (cell) => cell,
): string {
  const line = (row: readonly string[]) =>
    row.flatMap((cell, column) => {
      const width = widths[column] ?? 0;
      if (width === 0 && cell !== '') return [];
      const shown = cell.length > width ? `${cell.slice(0, Math.max(0, width - 1))}…` : cell;
      const space = column === row.length - 1 ? 0 : width - shown.length;
      return paintCell(shown, column) + ' '.repeat(space);
    });
  return rows.map((row) => line(row).join(' '.repeat(GAP)).trimEnd()).join('\n');
}

/**
 * Takes from the widths until they fit: spare columns whole, then from the last, which holds free text, then
 * from the widest.
 */
function fit(widths: number[], spare: readonly number[], most: number): void {
  const over = () => {
    const shown = widths.filter((width) => width > 0);
    return shown.reduce((sum, width) => sum + width, GAP * Math.max(0, shown.length - 1)) - most;
  };
  for (const column of spare) {
    if (over() <= 0) return;
    cut ||= (widths[column] ?? 0) > 0;
    widths[column] = 0;
  }
  const last = widths.length - 1;
  while (over() > 0) {
    const column = (widths[last] ?? 0) > LEAST_WIDTH ? last : widths.lastIndexOf(Math.max(...widths));
    const width = widths[column] ?? 0;
    if (width <= LEAST_WIDTH) return;
    widths[column] = width - 1;
    cut = true;
  }
}

/** Where a table was cut: how to see all of it. */
export function hintAtTheRest(): void {
  if (cut)
    say(
      paint('dim', 'Cut to the width of the terminal: --wide shows all of it, --json too.', process.stderr),
    );
}

/** A line longer than the terminal is wide takes several rows. */
export function rowsOnScreen(text: string, width: number): number {
  const rows = (line: string) => Math.max(1, Math.ceil(stripVTControlCharacters(line).length / width));
  return text.split('\n').reduce((sum, line) => sum + rows(line), 0);
}
