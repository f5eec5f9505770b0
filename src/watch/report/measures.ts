import { lasting } from '../incident/eat.ts';
import type { Duration, InstantName } from '../incident/instants.ts';
import type { Suspect } from '../incident/suspects.ts';
import type { Measure } from './report.ts';

const LATE: Partial<Record<InstantName, string>> = {
  T2: 'Detect it sooner',
  T3: 'Mend the way of the alarm to people',
  T4: 'Mend the rota: nobody came in time',
  T5: 'Begin to undo by itself',
  T6: 'Make the way back faster',
  T8: 'Call it over sooner',
  T9: 'Draft the report sooner',
};

/** What the machine proposes: a measure for each promise that was not kept, and one against the cause. */
export function measuresFor(durations: readonly Duration[], suspect: Suspect | undefined): string {
  const late = durations
    .filter(({ over, from, to }) => over && !(from === 'T1' && to === 'T6'))
    .map(
      ({ to, what, tookMs, budgetMs }) =>
        `- ${LATE[to] ?? 'Be sooner'}: ${what} took ${lasting(tookMs ?? 0)}, ${lasting(budgetMs ?? 0)} is promised`,
    );
  const cause =
    suspect === undefined ? [] : [`- Stop a change like this one before it serves: ${suspect.text}`];
  return [...cause, ...late].join('\n');
}

/** A line each, `- what is done [test: the name of the test that keeps it]`. */
export function readMeasures(text: string): readonly Measure[] {
  return text
    .split('\n')
    .map((line) => /^[-*•]\s+(?<what>.*?)\s*(?:\[test:\s*(?<test>[^\]]+)\])?\s*$/.exec(line)?.groups)
    .flatMap((found) => (found?.what ? [{ text: found.what, test: found.test?.trim() ?? null }] : []));
}
