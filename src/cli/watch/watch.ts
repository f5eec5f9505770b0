import { userInfo } from 'node:os';
import { exitCodes, Failure } from '../failure.ts';
import { columns, facts, paint, print, printJson, say, timeText } from '../terminal/terminal.ts';
import { ask, type WatchOptions } from './ask.ts';

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
