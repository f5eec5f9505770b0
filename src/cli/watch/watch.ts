import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { homeOf } from '../../supervisor/home/home.ts';
import { watchFiles } from '../../supervisor/home/watch-files.ts';
import { readState } from '../../supervisor/local-api.ts';
import { exitCodes, Failure } from '../failure.ts';
import { columns, facts, paint, print, printJson, say, timeText } from '../terminal/terminal.ts';

export interface WatchOptions {
  url?: string;
  tokenFile?: string;
  json?: true;
  /** Seconds. */
  timeout: number;
}

/** What the watch says of itself at `GET /state` (docs/reference/watch.md). */
interface State {
  id: string;
  version: string;
  lastCheckAt: number | null;
  dropped: number;
  journal: { sequence: number; error: string | null };
  controlError: string | null;
  channels: { name: string; waiting: number; error: string | null }[];
  alarms: {
    id: string;
    phase: string;
    severity: string;
    subject: string;
    evidence: string;
    raisedAt: number;
    by: string | null;
  }[];
}

type Verified =
  | { ok: true; rows: number; head: string }
  | { ok: false; sequence: number; file: string; line: number; reason: string };

/** How the watch is, then its open alarms. */
export async function watchStatus(options: WatchOptions): Promise<void> {
  const state = await ask<State>(options, 'GET', '/state');
  if (state.alarms.length > 0) process.exitCode = exitCodes.degraded;
  if (options.json) return printJson(state);
  const { journal, channels } = state;
  print(
    facts([
      ['watch', `${state.id} ${state.version}`],
      ['last check', state.lastCheckAt === null ? 'none yet' : wall(state.lastCheckAt)],
      ['journal', journal.error === null ? `${journal.sequence} entries` : `takes nothing: ${journal.error}`],
      ['control', state.controlError ?? 'its journal is copied'],
      ['dropped', String(state.dropped)],
      ...channels.map(
        ({ name, waiting, error }) =>
          [`channel ${name}`, error === null ? 'well' : `${waiting} waiting: ${error}`] as const,
      ),
      ['open alarms', String(state.alarms.length)],
    ]),
  );
  if (state.alarms.length > 0) print(`\n${alarmTable(state)}`);
}

export async function listAlarms(options: WatchOptions): Promise<void> {
  const state = await ask<State>(options, 'GET', '/state');
  if (options.json) return printJson({ alarms: state.alarms });
  if (state.alarms.length === 0) return say('No alarm is open.');
  print(alarmTable(state));
}

/** What a person says of an alarm. */
export async function order(
  alarm: string,
  what: 'acknowledge' | 'snooze' | 'resolve',
  options: WatchOptions & { minutes?: number },
): Promise<void> {
  const { minutes } = options;
  const body = { by: userInfo().username, ...(minutes === undefined ? {} : { forMs: minutes * 60_000 }) };
  const done = await ask<{ id: string }>(
    options,
    'POST',
    `/alarms/${encodeURIComponent(alarm)}/${what}`,
    body,
  );
  if (options.json) return printJson(done);
  print(`${alarm} ${what === 'snooze' ? `snoozed for ${minutes} minutes` : `${what}d`}`);
}

export async function verifyJournal(options: WatchOptions): Promise<void> {
  const verified = await ask<Verified>(options, 'GET', '/journal/verify');
  if (options.json) printJson(verified);
  if (!verified.ok) {
    const { sequence, file, line, reason } = verified;
    throw new Failure({
      what: `Row ${sequence} of the watch's journal ${reason}.`,
      why: `It is line ${line} of ${file}.`,
      fix: 'Somebody has changed the file: keep a copy of it as it is, and compare it with a backup.',
      exitCode: exitCodes.failed,
    });
  }
  if (!options.json)
    print(`${paint('green', '✓')} all ${verified.rows} rows are as they were written; head ${verified.head}`);
}

function alarmTable({ alarms }: State): string {
  const rows = alarms.map(({ id, severity, phase, subject, raisedAt, evidence, by }) => [
    id,
    severity,
    by === null ? phase : `${phase} by ${by}`,
    subject,
    wall(raisedAt),
    evidence,
  ]);
  return columns([['ALARM', 'SEVERITY', 'PHASE', 'ABOUT', 'RAISED', 'EVIDENCE'], ...rows], { spare: [5] });
}

const wall = (at: number): string => timeText(new Date(at).toISOString());

async function ask<T>(options: WatchOptions, method: string, path: string, body?: object): Promise<T> {
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
