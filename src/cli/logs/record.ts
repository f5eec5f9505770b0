export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof levels)[number];

/** A line of a log, understood as far as it can be. */
export interface LogRecord {
  /** `undefined`: the line has none. */
  timeMs: number | undefined;
  /** `undefined`: it has none, or is that of the line before it. */
  level: Level | undefined;
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

/** Of pino: https://getpino.io/#/docs/api?id=logger-level */
const byNumber = new Map(levels.map((level, index) => [(index + 1) * 10, level]));

/** Of PostgreSQL; DETAIL, HINT, STATEMENT and the like belong to the line before them. */
const ofPostgres: Readonly<Record<string, Level>> = {
  DEBUG: 'debug',
  INFO: 'info',
  NOTICE: 'info',
  LOG: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  // It ends one connection.
  FATAL: 'error',
  PANIC: 'fatal',
};

/** A line of ours as JSON, one of PostgreSQL, or any that begins with its time; else text alone. */
export function readRecord(line: string): LogRecord {
  return (
    readJson(line) ?? readTimed(line) ?? { timeMs: undefined, level: undefined, message: line, fields: {} }
  );
}

function readJson(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    // What every line of a process has alike is left out.
    const { level, time, msg, name: _name, pid: _pid, hostname: _host, ...fields } = JSON.parse(line);
    if (typeof time !== 'number') return undefined;
    return { timeMs: time, level: byNumber.get(level), message: typeof msg === 'string' ? msg : '', fields };
  } catch {
    return undefined;
  }
}

const TIMED =
  /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?) ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)(?: \[\d+\])? +(?:([A-Z]+): +)?(.*)$/;

function readTimed(line: string): LogRecord | undefined {
  const [, day, time, zone = '', word = '', message = ''] = TIMED.exec(line) ?? [];
  if (day === undefined) return undefined;
  const timeMs = Date.parse(`${day}T${time}${/^[+-]/.test(zone) ? zone : 'Z'}`);
  if (Number.isNaN(timeMs)) return undefined;
  const level = word === '' ? 'info' : ofPostgres[word.replace(/\d$/, '')];
  return { timeMs, level, message: level === undefined ? `${word}: ${message}` : message, fields: {} };
}
