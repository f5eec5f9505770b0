import { eat, eatDate, lasting, utc } from '../incident/eat.ts';
import { percent } from '../incident/words.ts';
import { count, inTheBooks } from './draft.ts';
import type { Report, Words } from './report.ts';

/** The headings whose words are people's. */
export const HEADINGS: Readonly<Record<keyof Words, string>> = {
  summary: 'Issue summary',
  rootCause: 'Root cause',
  resolution: 'Resolution and recovery',
  measures: 'Corrective and preventive measures',
};

/** In the form in which such reports are published; `verify.ts` reads it after people have edited it. */
export function toMarkdown(report: Report): string {
  const { words, timeline, instants, durations, suspects, measures, impact } = report;
  const untested = measures.filter(({ test }) => test === null);
  const parts = [
    `# Incident report: ${report.title}`,
    `${report.incident} · ${eatDate(instants.find(({ name }) => name === 'T1')?.at ?? report.draftedAt)} · ` +
      `severity ${report.severity} · ${report.phase}`,
    `## ${HEADINGS.summary}`,
    words.summary,
    '## Timeline',
    'All times are East Africa Time (UTC+3), to the second; UTC beside them. `#n` is the entry of the journal.',
    table(
      ['#', 'EAT', 'UTC', 'What happened', 'Evidence'],
      timeline.map((row) => [`#${row.sequence}`, row.eat, row.utc, said(row), `\`${row.evidence}\``]),
    ),
    `## ${HEADINGS.rootCause}`,
    words.rootCause,
    ...(suspects.length === 0
      ? []
      : [
          '### What changed in the hour before, the likeliest first',
          suspects
            .map(
              ({ text, reasons, sequence }, n) => `${n + 1}. ${text} (#${sequence}): ${reasons.join('; ')}.`,
            )
            .join('\n'),
        ]),
    `## ${HEADINGS.resolution}`,
    words.resolution.split('\n').join('\n\n'),
    `## ${HEADINGS.measures}`,
    words.measures === '' ? 'None yet.' : words.measures,
    ...(untested.length === 0
      ? []
      : ['### Measures without a test that keeps them', untested.map(({ text }) => `* ${text}`).join('\n')]),
    '## Impact in numbers',
    figures(impact),
    '### Instants and durations',
    table(
      ['', 'Instant', 'EAT', 'UTC'],
      instants.map(({ name, what, at }) => [
        name,
        what,
        at === null ? '–' : eat(at),
        at === null ? '–' : utc(at),
      ]),
    ),
    table(
      ['', 'Duration', 'Took', 'Promised', ''],
      durations.map(({ from, to, what, tookMs, budgetMs, over }) => [
        `${from}–${to}`,
        what,
        tookMs === null ? '–' : lasting(tookMs),
        budgetMs === null ? '–' : lasting(budgetMs),
        over ? '**over**' : '',
      ]),
    ),
    `Drafted by the watch at ${eat(report.draftedAt)} from the journal up to entry #${report.journal.sequence} ` +
      `(\`${report.journal.hash.slice(0, 16)}\`). Words may be edited, times may not: \`imara incident verify\`.`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** What people made of the words; a section that they left out is the machine's again. */
export function wordsIn(markdown: string): Partial<Words> {
  const sections = new Map<string, string>();
  for (const section of markdown.split(/^## /m).slice(1)) {
    const [heading = '', ...rest] = section.split('\n');
    sections.set(heading.trim(), rest.join('\n').split(/^### /m)[0]?.trim() ?? '');
  }
  const found = Object.entries(HEADINGS).flatMap(([name, heading]) => {
    const text = sections.get(heading);
    return text === undefined
      ? []
      : [[name, name === 'resolution' ? text.replaceAll(/\n{2,}/g, '\n') : text]];
  });
  return Object.fromEntries(found) as Partial<Words>;
}

const said = ({ actor, text }: { actor: string | null; text: string }): string =>
  actor === null || text.includes(actor) ? text : `${text} (${actor})`;

function figures({ requests, failed, peak, exact, components }: Report['impact']): string {
  return [
    `- Requests measured in this time: ${count(requests)}; failed: ${count(failed)}; at the peak ${percent(peak)} of them.`,
    ...(requests === 0 && exact === null ? [] : [`- ${inTheBooks(exact)}`]),
    ...components.map(
      ({ component, worst, from, to, downMs }) =>
        `- ${component}: ${worst.replaceAll('_', ' ')} from ${eat(from)} to ${to === null ? 'now' : eat(to)} (${lasting(downMs)}).`,
    ),
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
