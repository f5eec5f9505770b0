import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { replaceFile } from '../platform/files/atomic-file.ts';
import { repeat } from '../platform/loop/repeat.ts';
import { readFrom, size } from './log-files.ts';
import type { RestartMode } from './restarts/governor/restart.ts';
import type { RestartEntry } from './restarts/journal.ts';

export interface ReportOptions {
  /** The journal of restarts, and where it is kept how much of it was sent. */
  journal: string;
  reported: string;
  url: string;
  /** Of the file with what agents show. */
  tokenFile: string;
  machine: string;
}

export interface FleetEvent {
  id: string;
  at: string;
  kind: string;
  data: Record<string, string | null>;
}

const EVERY_MS = 2_000;
const ANSWER_MS = 2_000;
/** Read at a time; what is more waits for the next time. */
const MOST_BYTES = 65_536;
const MOST_EVENTS = 50;

/**
 * R15: what happens to a fleet belongs into the one journal, which is control's. The supervisor's own journal
 * is the truth until then: sent from where it was left, again and again until control has it, in the order in
 * which it was written. Returns what ends it.
 */
export function keepReporting(options: ReportOptions): () => void {
  // Where control is away, or the disk is: next time.
  const reporting = repeat({
    work: () => reportToControl(options),
    waitMs: () => EVERY_MS,
    firstMs: EVERY_MS,
  });
  return () => void reporting.stop();
}

/** Tells what was written since the last time. Throws when control does not take it. */
export async function reportToControl(options: ReportOptions): Promise<void> {
  const { journal, reported, url, tokenFile, machine } = options;
  const from = Number(await readFile(reported, 'utf8').catch(() => '0'));
  const length = await size(journal);
  // A journal that was begun again since is sent from its start.
  const at = from > length ? 0 : from;
  const text = await readFrom(journal, at, Math.min(length, at + MOST_BYTES));
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
  const events: FleetEvent[] = [];
  let bytes = 0;
  for (const line of lines) {
    if (events.length === MOST_EVENTS) break;
    bytes += Buffer.byteLength(line) + 1;
    const event = eventOf(line);
    if (event !== undefined) events.push(event);
  }
  if (bytes === 0) return;
  if (events.length > 0) {
    const token = (await readFile(tokenFile, 'utf8')).trim();
    const response = await fetch(`${url}/agent/v1/fleet-events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ machine, events }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`control answered ${response.status}`);
  }
  await replaceFile(reported, String(at + bytes));
}

/** What is sent to control of a line of the journal; `undefined`: it is of no interest elsewhere. */
export function eventOf(line: string): FleetEvent | undefined {
  const entry = JSON.parse(line) as RestartEntry & { at: string };
  const id = createHash('sha256').update(line).digest('hex').slice(0, 32);
  const { at } = entry;
  if (entry.event === 'requested')
    return {
      id,
      at,
      kind: 'restart_requested',
      data: { restart: entry.restart, reason: shortened(entry.reason) },
    };
  if (entry.event === 'mode') {
    const { restart, mode, why } = entry;
    return { id, at, kind: kinds[mode], data: { restart, why: why && shortened(why) } };
  }
  if (entry.event === 'crash-loop')
    return { id, at, kind: 'crash_loop', data: { instance: entry.instance, cause: shortened(entry.cause) } };
  return undefined;
}

const kinds: Record<RestartMode, string> = {
  // It runs from the beginning: what is written down is that it runs again.
  running: 'restart_resumed',
  paused: 'restart_paused',
  'giving-up': 'restart_giving_up',
  'gave-up': 'restart_gave_up',
  done: 'restart_done',
};

const shortened = (text: string): string => text.slice(0, 500);
