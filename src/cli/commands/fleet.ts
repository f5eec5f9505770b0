import { setTimeout as sleep } from 'node:timers/promises';
import { Deadline } from '../../platform/deadline.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import { homeOf } from '../../supervisor/home/home.ts';
import { askStatus, readState, type SavedState } from '../../supervisor/local-api.ts';
import { downStatus, type Instance, type RestartView, type Status } from '../../supervisor/status.ts';
import { exitCodes, Failure, notUp } from '../failure.ts';
import { agreement } from '../findings/agreement.ts';
import { situationHere } from '../findings/finders.ts';
import { findingText } from '../findings/finding.ts';
import { look as lookFor } from '../findings/look.ts';
import { columns, paint, paintState, print, printJson, rowsOnScreen, say } from '../terminal/terminal.ts';
import { askLoad, type Load } from './load.ts';

type Loaded = Instance & { load: Load | undefined };

const EVERY_MS = 500;
const ASK_MS = 5_000;
const CLEAR_BELOW = '\u001b[J';

/** Every process, with its load. */
export async function listFleet({ json, timeout }: { json?: true; timeout: number }): Promise<void> {
  const now = await look(timeout * 1_000);
  if (now === undefined) throw notUp();
  const found = await lookFor([agreement], await situationHere(ASK_MS));
  const differences = found.filter(({ severity }) => severity === 'bad');
  if (json) return printJson({ ...forProgram(now), differences });
  print(table(now.instances));
  if (differences.length > 0) print(`\n${differences.map(findingText).join('\n')}`);
}

/**
 * The same, as it goes: in place on a terminal, the changes as lines elsewhere; `json`: the whole as a line
 * at each change.
 */
export async function watchFleet({ json, timeout }: { json?: true; timeout: number }): Promise<void> {
  const { stdout } = process;
  let before: Watched | undefined;
  let heardAt = performance.now();
  for (;;) {
    const now = await look(timeout * 1_000);
    if (now !== undefined) heardAt = performance.now();
    else if (before === undefined || performance.now() - heardAt > timeout * 1_000) throw notUp();
    if (now !== undefined && json) {
      if (before === undefined || changes(before, now).length > 0) print(JSON.stringify(forProgram(now)));
    } else if (now !== undefined && stdout.isTTY) {
      const up = before === undefined ? '' : `\u001b[${rowsOnScreen(frame(before), stdout.columns)}F`;
      stdout.write(`${up}${CLEAR_BELOW}${frame(now)}\n`);
    } else if (now !== undefined) {
      for (const line of changes(before, now)) print(line);
    }
    before = now ?? before;
    await sleep(EVERY_MS);
  }
}

/** Says how a restart goes, a line at each change, until it is over; returns how it ended. */
export async function followRestart(
  state: SavedState,
  id: string,
  timeoutSeconds: number,
): Promise<RestartView> {
  let before: RestartView | null = null;
  const look = async (): Promise<RestartView | undefined> => {
    const restart = (await askStatus(state, ASK_MS))?.restart;
    if (restart?.id !== id) return undefined;
    for (const line of restartChanges(before, restart)) say(line);
    before = restart;
    return restart.mode === 'done' || restart.mode === 'gave-up' ? restart : undefined;
  };
  const over = await lookUntil(look, { everyMs: EVERY_MS, deadline: Deadline.in(timeoutSeconds * 1_000) });
  if (over !== undefined) return over;
  throw new Failure({
    what: `The restart was not over within ${timeoutSeconds} s.`,
    fix: 'It goes on: `npx imara fleet watch` shows how.',
    exitCode: exitCodes.timedOut,
  });
}

interface Watched {
  instances: Loaded[];
  restart: RestartView | null;
}

function forProgram({ instances, restart }: Watched): object {
  return {
    instances: instances.map(({ load, ...instance }) => ({
      ...instance,
      inFlight: load?.inFlight ?? null,
      oldestSeconds: load?.oldestSeconds ?? null,
    })),
    restart,
  };
}

async function look(timeoutMs: number): Promise<Watched | undefined> {
  const state = await readState(homeOf());
  const status: Status = (state && (await askStatus(state, timeoutMs))) ?? downStatus;
  if (status.state === 'down') return undefined;
  const instances = await Promise.all(
    status.instances.map(async (one) => ({ ...one, load: await askLoad(one.admin) })),
  );
  return { instances, restart: status.restart };
}

function frame({ instances, restart }: Watched): string {
  return restart === null ? table(instances) : `${restartLine(restart)}\n\n${table(instances, restart)}`;
}

function table(instances: readonly Loaded[], restart: RestartView | null = null): string {
  const stages = new Map(restart?.instances.map(({ name, stage }) => [name, stage]));
  const rows = instances.map((one) => [
    one.name,
    one.service,
    one.environment,
    one.cell,
    one.release ?? 'built-in',
    one.state,
    one.load === undefined ? '–' : String(one.load.inFlight),
    one.load === undefined ? '–' : `${one.load.oldestSeconds.toFixed(1)} s`,
    String(one.restarts),
    one.restartReason ?? '–',
    ...(restart === null ? [] : [stages.get(one.name) ?? '']),
  ]);
  const title = 'NAME SERVICE ENVIRONMENT CELL RELEASE STATE IN-FLIGHT OLDEST RESTARTS REASON'.split(' ');
  if (restart !== null) title.push('RESTART');
  return columns([title, ...rows], {
    paintCell: (cell, column) => (column === 5 ? paintState(cell) : cell),
    // In a terminal of the usual width: cell, service, restarts, age of the oldest request.
    spare: [3, 1, 8, 7],
  });
}

function restartLine({ reason, mode, why, wave, instances }: RestartView): string {
  const done = instances.filter(({ stage }) => stage === 'done').length;
  const because = why === null ? '' : `: ${why}`;
  return `restart "${reason}"  ${paint('bold', mode)}${because}  wave ${wave}, ${done} of ${instances.length} done`;
}

function changes(before: Watched | undefined, now: Watched): string[] {
  const was = new Map(before?.instances.map(({ name, state }) => [name, state]));
  const moved = now.instances.filter(({ name, state }) => was.get(name) !== state);
  const lines = moved.map(({ name, state }) => `${name} ${state}`);
  return now.restart === null ? lines : [...lines, ...restartChanges(before?.restart ?? null, now.restart)];
}

function restartChanges(before: RestartView | null, now: RestartView): string[] {
  const same = before?.id === now.id ? before : null;
  const was = new Map(same?.instances.map(({ name, stage }) => [name, stage]));
  const lines = now.instances
    .filter(({ name, stage }) => (was.get(name) ?? 'waiting') !== stage)
    .map(({ name, stage }) => `restart: ${name} ${stage}`);
  if (same?.mode !== now.mode) lines.push(`restart: ${now.mode}${now.why === null ? '' : ` (${now.why})`}`);
  return lines;
}
