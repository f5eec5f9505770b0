import { askStatus, readState } from '../fleet/control-line.ts';
import { homeOf } from '../fleet/home.ts';
import { downStatus, type Instance, type Status } from '../fleet/status.ts';
import { exitCodes } from './failure.ts';
import { columns, paint, paintState, print, printJson, say } from './terminal.ts';

/** What runs now. The exit status is 0 while it serves, 1 when it is down, 6 when it needs somebody. */
export async function status({ json, timeout }: { json?: true; timeout: number }): Promise<void> {
  const state = await readState(homeOf(process.env));
  const now = (state && (await askStatus(state, timeout * 1_000))) ?? downStatus;
  if (json) printJson(now);
  else print(statusTable(now));
  process.exitCode = exitCodeOf(now);
  if (json) return;
  if (now.state === 'down') say('`npx imara up` starts it.');
  if (process.exitCode === exitCodes.degraded) say('`npx imara logs NAME` says why.');
}

/** A process that is just being started again is no incident: one that never comes up is. */
function exitCodeOf({ state, instances, postgres }: Status): number {
  if (state === 'down') return exitCodes.failed;
  const looping = [...instances, postgres].some((one) => one?.state === 'crash-looping');
  return looping ? exitCodes.degraded : exitCodes.done;
}

function statusTable({ state, api, control, instances, postgres }: Status): string {
  const head = columns(
    [
      ['state', state],
      ['API', api ?? '–'],
      ['control', control ?? '–'],
    ],
    (cell, column) => (column === 0 ? paint('dim', cell) : paintState(cell)),
  );
  if (instances.length === 0) return head;
  const rows = instances.map(({ name, environment, pid, admin, release, state }: Instance) => [
    name,
    environment,
    state,
    String(pid ?? '–'),
    admin ?? '–',
    release ?? 'built-in',
  ]);
  if (postgres !== null) rows.push(['postgres', '', postgres.state, String(postgres.pid ?? '–'), '', '']);
  const title = ['NAME', 'ENVIRONMENT', 'STATE', 'PID', 'ADMIN', 'RELEASE'];
  return `${head}\n\n${columns([title, ...rows], (cell, column) => (column === 2 ? paintState(cell) : cell))}`;
}
