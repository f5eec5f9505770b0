import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { exitCodes, Failure } from '../failure.ts';
import { columns, print, printJson, say, timeText } from '../terminal/terminal.ts';
import { ask, type WatchOptions } from './ask.ts';

interface Incident {
  id: string;
  title: string;
  phase: string;
  impact: string;
  onset: number;
  resolvedAt: number | null;
  taken: { by: string } | null;
}

/** All that the watch knows of, the newest first. */
export async function listIncidents(options: WatchOptions): Promise<void> {
  const { incidents } = await ask<{ incidents: Incident[] }>(options, 'GET', '/incidents');
  if (options.json) return printJson({ incidents });
  if (incidents.length === 0) return say('There was no incident.');
  const wall = (at: number) => timeText(new Date(at).toISOString());
  const rows = incidents.map(({ id, impact, phase, taken, onset, resolvedAt, title }) => [
    id,
    impact,
    taken === null ? phase : `${phase}, ${taken.by}`,
    wall(onset),
    resolvedAt === null ? '–' : wall(resolvedAt),
    title,
  ]);
  print(columns([['INCIDENT', 'IMPACT', 'PHASE', 'ONSET', 'OVER', 'TITLE'], ...rows], { spare: [5] }));
}

/** The report, as it can be drafted now. */
export async function report(id: string, options: WatchOptions & { html?: true }): Promise<void> {
  const drafted = await ask<{ markdown: string; html: string; report: unknown }>(
    options,
    'GET',
    `/incidents/${encodeURIComponent(id)}/report`,
  );
  if (options.json) return printJson(drafted.report);
  print(options.html ? drafted.html : drafted.markdown);
}

/** What a person says of an incident. */
export async function sayOf(
  id: string,
  what: 'take' | 'note' | 'resolve',
  text: string | undefined,
  options: WatchOptions,
): Promise<void> {
  const body = { by: userInfo().username, ...(text === undefined ? {} : { text }) };
  const done = await ask<{ id: string }>(
    options,
    'POST',
    `/incidents/${encodeURIComponent(id)}/${what}`,
    body,
  );
  if (options.json) return printJson(done);
  print(`${id}: ${{ take: 'it is yours', note: 'noted', resolve: 'resolved' }[what]}`);
}

/** Whether the times of an edited report are those of the journal. Exit status 1: one is not. */
export async function verifyReport(id: string, file: string, options: WatchOptions): Promise<void> {
  const markdown = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Failure({ what: `${file} cannot be read: ${error.message}` });
  });
  const path = `/incidents/${encodeURIComponent(id)}/verify`;
  const { problems } = await ask<{ problems: { line: number | null; says: string }[] }>(
    options,
    'POST',
    path,
    {
      markdown,
    },
  );
  if (options.json) printJson({ problems });
  if (problems.length > 0)
    throw new Failure({
      what: `${file} says what the journal does not.`,
      why: problems.map(({ line, says }) => (line === null ? says : `line ${line}: ${says}`)).join('\n'),
      fix: 'Words are free, times are the journal’s: npx imara incident report shows them.',
      exitCode: exitCodes.failed,
    });
  if (!options.json) print('all its times are those of the journal');
}
