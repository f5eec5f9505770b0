import { variable } from '../../platform/environment/read.ts';
import { homeOf } from '../../supervisor/home/home.ts';
import { readState } from '../../supervisor/local-api.ts';
import { exitCodes, Failure } from '../failure.ts';

export interface CallOptions {
  /** Base URL of the API; else `IMARA_API`, else the one of this home. */
  api?: string;
  json?: true;
  /** Seconds. */
  timeout: number;
}

/** What to do about an error of these routes, by its code. */
type Advice = Record<string, string>;

/** Asks a route of the phones, which an API serves on one machine alone. */
export async function callLocal<T>(
  options: CallOptions,
  method: string,
  path: string,
  { body, advice = {} }: { body?: unknown; advice?: Advice } = {},
): Promise<T> {
  const url = `${await apiUrl(options)}${path}`;
  const response = await fetch(url, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
    signal: AbortSignal.timeout(options.timeout * 1_000),
  }).catch((error: Error) => {
    throw notReached(url, error, options.timeout);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as T;
  const { error } = (answer ?? {}) as { error?: { code: string; message: string } };
  throw new Failure({
    what: error?.message ?? `${url} answered ${response.status}`,
    fix:
      error === undefined
        ? 'Is this the API of an Imara on one machine? Only there are phones simulated.'
        : (advice[error.code] ?? ''),
  });
}

export async function apiUrl({ api = variable('IMARA_API') }: Pick<CallOptions, 'api'>): Promise<string> {
  if (api) return api.replace(/\/+$/, '');
  const here = (await readState(homeOf()))?.status.api;
  if (here) return here;
  throw new Failure({
    what: 'Imara is not up here.',
    fix: 'Start it with `npx imara up`, or name another API with --api URL.',
  });
}

export function notReached(url: string, error: Error, timeout: number): Failure {
  if (error.name === 'TimeoutError') {
    return new Failure({
      what: `${url} did not answer within ${timeout} s.`,
      why: 'What was asked for may still be done.',
      fix: 'See `npx imara status`; give it longer with --timeout SECONDS.',
      exitCode: exitCodes.timedOut,
    });
  }
  return new Failure({
    what: `${url} cannot be reached.`,
    why: error.cause instanceof Error ? error.cause.message : error.message,
    fix: 'See `npx imara status`; name another API with --api URL.',
  });
}

/** East Africa Time, as the network's own messages give it. */
export function eat(iso: string): string {
  return new Date(iso).toLocaleString('en-GB', { timeZone: 'Africa/Nairobi' });
}
