import { eat, eatClock, lasting } from '../incident/eat.ts';
import type { Exact, Incident, Interval } from '../incident/incident.ts';
import { durationsOf, type Instant, type InstantName, instantsOf } from '../incident/instants.ts';
import { isMending } from '../incident/kinds.ts';
import { type Suspect, suspectsOf } from '../incident/suspects.ts';
import { timelineOf } from '../incident/timeline.ts';
import type { View } from '../incident/view.ts';
import { percent } from '../incident/words.ts';
import { measuresFor, readMeasures } from './measures.ts';
import type { ImpactFigures, Report, Words } from './report.ts';

/** The report as the machine writes it, with the words that people have given in the place of its own. */
export function draft(view: View, now: number, given: Partial<Words> = {}): Report {
  const { incident, entries } = view;
  const instants = instantsOf(view);
  const durations = durationsOf(instants);
  const suspects = suspectsOf(view);
  const impact = impactFigures(incident);
  const words: Words = {
    summary: summary(incident, impact, instants, suspects[0]),
    rootCause: rootCause(suspects),
    resolution: resolution(view, instants),
    measures: measuresFor(durations, suspects[0]),
    ...given,
  };
  const newest = entries.at(-1);
  return {
    ...{ incident: incident.id, title: incident.title, phase: incident.phase, severity: incident.impact },
    ...{ draftedAt: now, words, instants, durations, suspects, impact },
    timeline: timelineOf(view),
    measures: readMeasures(words.measures),
    journal: { sequence: newest?.sequence ?? 0, hash: newest?.hash ?? '' },
  };
}

const atOf = (instants: readonly Instant[], name: InstantName): number | null =>
  instants.find((one) => one.name === name)?.at ?? null;

function summary(
  incident: Incident,
  { requests, failed, peak, exact }: ImpactFigures,
  instants: readonly Instant[],
  suspect: Suspect | undefined,
): string {
  const end = atOf(instants, 'T6');
  const stretch =
    end === null
      ? `Since ${eat(incident.onset)}`
      : `From ${eat(incident.onset)} to ${eat(end)} (${lasting(end - incident.onset)})`;
  // A target of the settings file may take no payments at all: what was not counted is not named.
  const share =
    requests === 0
      ? `what failed is: ${incident.title}`
      : `${count(failed)} of ${count(requests)} requests failed, at the peak ${percent(peak)} of them`;
  const books = requests === 0 && exact === null ? '' : ` ${inTheBooks(exact)}`;
  const cause =
    suspect === undefined
      ? 'No change is known that came before it.'
      : `The likeliest cause is a change: ${suspect.text}`;
  return `${stretch}, ${share}.${books} ${cause}`;
}

/** Of the payments that the books have: what was refused before it was taken is in no book. */
export function inTheBooks(exact: Exact | null): string {
  if (exact === null)
    return 'How many payments that were taken failed, and whose, is not known yet: the books have not answered.';
  const { failedPayments, amountCents, merchants } = exact;
  return (
    `By the books ${count(failedPayments)} payments that were taken in this time failed: ` +
    `${shillings(amountCents)}, of ${count(merchants)} merchants.`
  );
}

function rootCause(suspects: readonly Suspect[]): string {
  const [first, ...others] = suspects;
  if (first === undefined) {
    return 'Nothing is known to have changed in the hour before. What broke without a change is for people to find.';
  }
  const by = first.actor === null || first.text.includes(first.actor) ? '' : ` ${first.actor} made it.`;
  const rest = others.length === 0 ? '' : ` What else changed in the hour before is below.`;
  return `At ${eatClock(first.at)} this changed: ${first.text}${by} It is suspected because ${listed(first.reasons)}.${rest}`;
}

function resolution({ incident, entries }: View, instants: readonly Instant[]): string {
  const steps = entries
    .filter((one) => one.at >= incident.onset && isMending(one))
    .map(({ at, text, kind, subject }) => ({ at, says: `: ${text ?? `${kind} ${subject}`}` }));
  const marks = [
    { at: atOf(instants, 'T7'), says: ' the last instance had left the release.' },
    { at: atOf(instants, 'T6'), says: ' failures were back to usual.' },
  ].flatMap(({ at, says }) => (at === null ? [] : [{ at, says }]));
  const lines = [...steps, ...marks]
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, says }) => `At ${eatClock(at)}${says}`);
  const alone = steps.length === 0 ? ['Nothing was undone and nothing restarted.'] : [];
  return [...alone, ...lines].join('\n');
}

function impactFigures({ counted, exact, intervals }: Incident): ImpactFigures {
  const components = [...Map.groupBy(intervals, ({ component }) => component)].map(([component, all]) => ({
    component,
    worst: worst(all),
    from: Math.min(...all.map(({ from }) => from)),
    to: all.some(({ to }) => to === null) ? null : Math.max(...all.map(({ to }) => to ?? 0)),
    downMs: all.reduce((sum, { from, to }) => sum + (to === null ? 0 : to - from), 0),
  }));
  return { requests: counted.all, failed: counted.failed, peak: counted.peak, exact, components };
}

const GRAVER = ['degraded_performance', 'partial_outage', 'major_outage'];
const worst = (all: readonly Interval[]): string =>
  all.map(({ state }) => state).toSorted((a, b) => GRAVER.indexOf(b) - GRAVER.indexOf(a))[0] ?? 'unknown';

export const count = (n: number): string => n.toLocaleString('en-KE');

/** Whole cents, given in digits, as shillings: `KES 12,345.60`. */
export function shillings(cents: string): string {
  const all = BigInt(/^\d+$/.test(cents) ? cents : '0');
  return `KES ${(all / 100n).toLocaleString('en-KE')}.${String(all % 100n).padStart(2, '0')}`;
}

const listed = (reasons: readonly string[]): string =>
  reasons.length < 2 ? reasons.join('') : `${reasons.slice(0, -1).join(', ')} and ${reasons.at(-1)}`;
