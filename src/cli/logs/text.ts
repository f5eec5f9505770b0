import { paint } from '../terminal/terminal.ts';
import type { Entry } from './entries.ts';
import { isSynthetic } from './filter.ts';
import type { Level } from './record.ts';
import { dayOf } from './since.ts';

/** First on a line: what one payment is known by. */
const IDS = ['CheckoutRequestID', 'MerchantRequestID', 'receipt'];
/** Whose stack is shown: of the others the message says what went wrong. */
const WITH_STACK: readonly (Level | undefined)[] = ['error', 'fatal'];
const BARE = /^[\w.:/@+-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;

/**
 * A line for people: when, how bad, who, what, and the rest as `name=value`. `width`: of the longest name of
 * a process.
 */
export function lineOf(entry: Entry, width: number): string {
  const { timeMs, level, process, message, fields } = entry;
  const time = timeMs === undefined ? '' : `${dayOf(timeMs)} ${timeOf(timeMs)}`;
  const { err, synthetic: _synthetic, ...rest } = fields;
  const values = sorted(rest).map(([name, value]) => `${paint('dim', `${plain(name)}=`)}${valueText(value)}`);
  if (err !== undefined) values.push(`${paint('dim', 'err=')}${valueText(errorText(err))}`);
  const words = [
    paint('dim', time.padEnd(23)),
    paintLevel(level, (level ?? '').padEnd(5)),
    paint('cyan', process.padEnd(width)),
    ...(isSynthetic(entry) ? [paint('magenta', '[synthetic]')] : []),
    plain(message),
    ...(values.length === 0 ? [] : ['', ...values]),
  ];
  return [words.join(' ').trimEnd(), ...(WITH_STACK.includes(level) ? stackOf(err) : [])].join('\n');
}

/** The same for programs: one object. */
export function jsonOf({ timeMs, placeMs, level, process, message, fields }: Entry): string {
  // A line without a time of its own has that of its place.
  const time = new Date(timeMs ?? placeMs).toISOString();
  return JSON.stringify({ time, level: level ?? null, process, message, fields });
}

function timeOf(ms: number): string {
  const time = new Date(ms);
  const digits = (number: number, count: number) => String(number).padStart(count, '0');
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()];
  return `${[hours, minutes, seconds].map((number) => digits(number, 2)).join(':')}.${digits(time.getMilliseconds(), 3)}`;
}

function paintLevel(level: Level | undefined, text: string): string {
  if (level === 'fatal' || level === 'error') return paint('red', text);
  return level === 'warn' ? paint('yellow', text) : paint('dim', text);
}

function sorted(fields: Readonly<Record<string, unknown>>): [string, unknown][] {
  const place = (name: string) => (IDS.includes(name) ? IDS.indexOf(name) : IDS.length);
  return Object.entries(fields)
    .filter(([, value]) => value !== null)
    .sort(([a], [b]) => place(a) - place(b));
}

function valueText(value: unknown): string {
  if (typeof value === 'string' && BARE.test(value)) return value;
  return plain(JSON.stringify(value));
}

function errorText(err: unknown): string {
  const { type, message } = Object(err) as { type?: unknown; message?: unknown };
  if (typeof message !== 'string') return String(err);
  return type === undefined || type === 'Error' ? message : `${String(type)}: ${message}`;
}

/** Where it was thrown; the first lines of a stack say what it was. */
function stackOf(err: unknown): string[] {
  const { stack } = Object(err) as { stack?: unknown };
  if (typeof stack !== 'string') return [];
  const lines = stack.split('\n');
  return lines
    .filter((line) => /^\s+at /.test(line))
    .map((line) => paint('dim', plain(`    ${line.trim()}`)));
}

/** What a log holds may come from anywhere: nothing of it moves the cursor. */
function plain(text: string): string {
  return text.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
