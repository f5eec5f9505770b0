import { eat, eatClock, eatDate, utc } from '../incident/eat.ts';
import { viewOf } from '../incident/view.ts';
import type { Written } from '../journal/entry.ts';
import { draft } from './draft.ts';
import { toMarkdown, wordsIn } from './markdown.ts';

export interface Problem {
  /** From 1; `null`: it is about what is missing. */
  readonly line: number | null;
  readonly says: string;
}

const ROW = /^\|\s*#(?<sequence>\d+)\s*\|/;
/** Every form in which a report says an instant. */
const TIME =
  /\d{4}-\d{2}-\d{2}T[\d:.]+Z|(?:\d{1,2} \w{3,9} \d{4}, )?\d{1,2}[:.]\d{2}(?:[:.]\d{2})? ?[AP]M(?: EAT)?|\b\d{1,2}:\d{2}(?::\d{2})?\b/gi;

/**
 * What of an edited report is not the journal's: a time that it does not know, a row whose time was changed,
 * a row that was taken out. Empty: all times are true. Words are free.
 */
export function verify(id: string, markdown: string, journal: readonly Written[]): readonly Problem[] {
  const view = viewOf(id, journal);
  if (view === undefined) return [{ line: null, says: `the journal knows no incident ${id}` }];
  const report = draft(view, 0, wordsIn(markdown));
  const bySequence = new Map(view.entries.map((entry) => [entry.sequence, entry.at]));
  const drafted = toMarkdown(draft(view, 0))
    .split('\n')
    .filter((line) => !line.startsWith('Drafted by'));
  const known = new Set(
    [...drafted.flatMap(timesIn), ...view.entries.flatMap(({ at }) => spellings(at))].map(plain),
  );
  const problems: Problem[] = [];
  const found = new Set<number>();

  for (const [index, line] of markdown.split('\n').entries()) {
    if (line.startsWith('Drafted by')) continue;
    const sequence = Number(ROW.exec(line)?.groups?.sequence ?? Number.NaN);
    const at = bySequence.get(sequence);
    if (!Number.isNaN(sequence)) {
      found.add(sequence);
      const [eatCell = '', utcCell = ''] = line
        .split('|')
        .slice(2, 4)
        .map((cell) => cell.trim());
      if (at === undefined) {
        problems.push({ line: index + 1, says: `the journal of this incident has no entry #${sequence}` });
        continue;
      }
      if (eatCell !== eat(at) || utcCell !== utc(at)) {
        problems.push({
          line: index + 1,
          says: `#${sequence} was at ${eat(at)} (${utc(at)}), not at ${eatCell} (${utcCell})`,
        });
        continue;
      }
    }
    for (const time of timesIn(line)) {
      if (!known.has(plain(time))) {
        problems.push({
          line: index + 1,
          says: `${time} is no time of the journal: note it there (\`imara incident note\`)`,
        });
      }
    }
  }
  // What came after the draft was published is in no draft.
  const published = report.timeline.find(({ kind }) => kind === 'report.published')?.sequence;
  const due = report.timeline.filter(({ sequence }) => published === undefined || sequence < published);
  for (const { sequence, eat: time } of due) {
    if (!found.has(sequence))
      problems.push({ line: null, says: `#${sequence} of ${time} is missing from the timeline` });
  }
  return problems;
}

const timesIn = (line: string): string[] => line.match(TIME) ?? [];

/** How an instant may be said in words. */
function spellings(at: number): string[] {
  const time = eatClock(at);
  const short = time.replace(/:\d{2} /, ' ');
  return [eat(at), utc(at), time, `${time} EAT`, short, `${short} EAT`, `${eatDate(at)}, ${time} EAT`];
}

const plain = (time: string): string =>
  time.toUpperCase().replaceAll('.', ':').replaceAll(' ', '').replace(/EAT$/, '');
