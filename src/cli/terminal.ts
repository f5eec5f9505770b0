import { stripVTControlCharacters, styleText } from 'node:util';
import type { Failure } from './failure.ts';

type Format = Parameters<typeof styleText>[0];

/** Talk for people: progress, hints, errors. Never data. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Data: what was asked for. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One object, for programs. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Colour where the stream shows it, by the rules of NO_COLOR and FORCE_COLOR. */
export function paint(format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(format, text, { stream });
}

export function sayFailure({ message, why, fix }: Failure): void {
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

/** Rows in columns as wide as their widest cell; `paintCell` colours a cell after it was measured. */
export function columns(
  rows: readonly (readonly string[])[],
  paintCell: (cell: string, column: number) => string = (cell) => cell,
): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const space = column === row.length - 1 ? 0 : (widths[column] ?? 0) - cell.length;
          return paintCell(cell, column) + ' '.repeat(space);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A line longer than the terminal is wide takes several rows. */
export function rowsOnScreen(text: string, width: number): number {
  const rows = (line: string) => Math.max(1, Math.ceil(stripVTControlCharacters(line).length / width));
  return text.split('\n').reduce((sum, line) => sum + rows(line), 0);
}
