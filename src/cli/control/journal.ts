import { exitCodes, Failure } from '../failure.ts';
import { columns, paint, print, printJson, say, timeText } from '../terminal/terminal.ts';
import { type ControlOptions, controlPlane } from './control-plane.ts';

/** The last rows of the journal, oldest first. */
export async function showJournal(
  options: ControlOptions & { lines: number; subject?: string },
): Promise<void> {
  const { lines: last, subject, json } = options;
  const control = await controlPlane(options);
  const query = { last, subject };
  const { rows } = await control.call('GET /journal', { query });
  if (json) return printJson({ rows });
  if (rows.length === 0) return say('Nothing is written yet.');
  print(
    columns(
      rows.map((row) => [
        String(row.sequence),
        timeText(row.at),
        row.actor,
        row.kind,
        row.subject,
        JSON.stringify(row.data),
      ]),
      { spare: [5] },
    ),
  );
}

/** Recomputes the whole chain of hashes. Exit status 1: a row is not what was written. */
export async function checkJournal(options: ControlOptions): Promise<void> {
  const control = await controlPlane(options);
  const check = await control.call('GET /journal/verify', {});
  if (options.json) printJson(check);
  if (!check.ok) {
    throw new Failure({
      what: `Row ${check.sequence} of the journal ${check.reason}.`,
      fix: 'Somebody has changed the store: keep a copy of it as it is, and compare it with a backup.',
      exitCode: exitCodes.failed,
    });
  }
  if (options.json) return;
  print(`${paint('green', '✓')} all ${check.rows} rows are as they were written; head ${check.head}`);
}
