import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { repeat } from '../platform/loop/repeat.ts';
import type { Instance } from './status.ts';

export interface WatchReportOptions {
  /** Base URL of the watch. */
  readonly url: string;
  /** Of the file with the token of beats. */
  readonly tokenFile: string;
  readonly instances: () => readonly Instance[];
}

const EVERY_MS = 1_000;
const ANSWER_MS = 1_000;
/** A supervisor that is not heard for so long is an alarm; a machine that is busy is late by seconds. */
const WITHIN_MS = 5_000;

/**
 * R10: says to the watch that the supervisor lives, and which processes there are, so that silence is
 * noticed. Returns what ends it: then it is said that nobody is to be missed.
 */
export function keepReportingToWatch(options: WatchReportOptions): () => Promise<void> {
  const reporting = repeat({
    work: () => beat(options, false),
    waitMs: () => EVERY_MS,
    firstMs: EVERY_MS,
  });
  return async () => {
    await reporting.stop();
    // A watch that does not take it ends next, as everything here.
    await beat(options, true).catch(() => {});
  };
}

async function beat({ url, tokenFile, instances }: WatchReportOptions, bye: boolean): Promise<void> {
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const named = instances()
    .filter(({ service }) => service !== 'watch')
    .map(({ name, service, environment, cell, admin, state }) => ({
      name,
      // What is tried in testing is no alarm of production's services.
      service: environment === 'production' ? service : environment,
      cell,
      admin,
      ready: state === 'ready',
    }));
  const response = await fetch(`${url}/beat`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ from: `supervisor of ${hostname()}`, withinMs: WITHIN_MS, bye, instances: named }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the watch answered ${response.status}`);
}
