import type { Instance, Status } from '../../supervisor/status.ts';
import { exitCodes } from '../failure.ts';
import { running, situationHere } from '../findings/finders.ts';
import { exitCodeOf, type Finding, findingText } from '../findings/finding.ts';
import { look } from '../findings/look.ts';
import { columns, facts, paint, paintState, print, printJson, say } from '../terminal/terminal.ts';

/**
 * What runs now, and what is wrong with it. The exit status is 0 while all is good, 1 when it is down, 6 when
 * it needs somebody.
 */
export async function status({ json, timeout }: { json?: true; timeout: number }): Promise<void> {
  const situation = await situationHere(timeout * 1_000);
  const findings = await look(running, situation);
  const now = judged(situation.status, findings);
  if (json) printJson({ ...now, findings });
  else print(statusTable(now, findings));
  process.exitCode = now.state === 'down' ? exitCodes.failed : exitCodeOf(findings);
  if (json) return;
  const wrong = findings.filter(({ severity }) => severity === 'bad');
  if (wrong.length > 0) print(`\n${wrong.map(findingText).join('\n')}`);
  if (now.state === 'down') say('`npx imara up` starts it.');
}

/** The supervisor sees that its processes run; whether they can work, it does not ask. */
function judged(status: Status, findings: readonly Finding[]): Status {
  const isBad = findings.some(({ severity }) => severity === 'bad');
  return status.state === 'ready' && isBad ? { ...status, state: 'degraded' } : status;
}

function statusTable(
  { state, api, control, status: page, instances, postgres }: Status,
  findings: readonly Finding[],
): string {
  const head = facts(
    [
      ['state', state],
      ['API', api ?? '–'],
      ['control', control ?? '–'],
      ['status page', page === null ? '–' : `${page}/`],
      ...findings
        .filter(({ name }) => name === 'watch.heard')
        .map(({ what }): [string, string] => ['watch', what]),
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
  const paintCell = (cell: string, column: number) => (column === 2 ? paintState(cell) : cell);
  return `${head}\n\n${columns([title, ...rows], { paintCell })}`;
}
