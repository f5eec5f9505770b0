import { readFile } from 'node:fs/promises';
import { homeOf } from '../../supervisor/home/home.ts';
import { watchFiles } from '../../supervisor/home/watch-files.ts';
import { readState } from '../../supervisor/local-api.ts';
import { exitCodes, Failure } from '../failure.ts';

export interface WatchOptions {
  url?: string;
  tokenFile?: string;
  json?: true;
  /** Seconds. */
  timeout: number;
}

/** Asks the watch of this home, or the one that is named. */
export async function ask<T>(options: WatchOptions, method: string, path: string, body?: object): Promise<T> {
  const home = homeOf();
  const url = options.url?.replace(/\/+$/, '') ?? (await watchHere());
  const token = await readFile(options.tokenFile ?? watchFiles(home).token, 'utf8').catch((error: Error) => {
    throw new Failure({
      what: `The token of the watch cannot be read: ${error.message}`,
      fix: 'Name its file with --token-file FILE.',
      exitCode: exitCodes.unauthenticated,
    });
  });
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token.trim()}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(options.timeout * 1_000),
  }).catch((error: Error) => {
    throw new Failure({
      what: `The watch at ${url} cannot be reached.`,
      why: error.cause instanceof Error ? error.cause.message : error.message,
      fix: 'See `npx imara status`, and `npx imara logs watch`.',
      exitCode: error.name === 'TimeoutError' ? exitCodes.timedOut : exitCodes.failed,
    });
  });
  const answer: unknown = await response.json().catch(() => ({}));
  if (response.ok) return answer as T;
  throw new Failure({
    what: `The watch refused: ${(Object(answer) as { error?: string }).error ?? response.status}.`,
    fix:
      response.status === 404 ? 'Those that are open: npx imara watch alarms' : 'See docs/how-to/watch.md.',
    exitCode: response.status === 401 ? exitCodes.unauthenticated : exitCodes.failed,
  });
}

/** Of this home, also when the supervisor is gone: what it last knew. */
async function watchHere(): Promise<string> {
  const instances = (await readState(homeOf()))?.status.instances ?? [];
  const url = instances.find(({ service }) => service === 'watch')?.admin;
  if (url) return url;
  throw new Failure({
    what: 'No watch is up here.',
    fix: 'Start everything with `npx imara up`, or name another watch with --url URL.',
  });
}
