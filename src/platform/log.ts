import { type Logger, pino } from 'pino';

export type Log = Logger;

/** Fields that may hold a secret, at the top of a record or one level below: masked before a line is written. */
export const secretFields = [
  'authorization',
  'password',
  'passkey',
  'secret',
  'consumerSecret',
  'securityCredential',
  'SecurityCredential',
  'Password',
  'access_token',
  'token',
  'pin',
];

/** One JSON line a record on stdout, named after the process that writes it. */
export function createLog(name: string): Log {
  return pino({
    name,
    level: process.env.IMARA_LOG_LEVEL ?? 'info',
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: '[masked]' },
  });
}
