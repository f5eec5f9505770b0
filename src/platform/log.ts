import { type Logger, pino } from 'pino';
import { variable } from './environment/read.ts';
import { secretNames } from './secret-names.ts';

export type Log = Logger;

/**
 * One JSON line a record on stdout, named after the process that writes it. Secrets at the top of a record or
 * one level below are masked before it is written.
 */
export function createLog(name: string): Log {
  return pino({
    name,
    level: variable('IMARA_LOG_LEVEL') ?? 'info',
    redact: { paths: secretNames.flatMap((field) => [field, `*.${field}`]), censor: '[masked]' },
  });
}
