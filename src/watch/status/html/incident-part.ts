import { lasting } from '../../incident/eat.ts';
import type { Impact } from '../../incident/incident.ts';
import type { ShownIncident, StatusState } from '../state.ts';
import { text } from './escape.ts';
import { clock, time } from './parts.ts';

export const IMPACT_CSS: Readonly<Record<Impact, string>> = {
  none: 'ok',
  minor: 'degraded',
  major: 'partial',
  critical: 'major',
};

const MOST_LETTERS = 280;

/** An incident with its newest updates; `most`: how many, the page that has all of them is linked. */
export function incidentPart(incident: ShownIncident, { components }: StatusState, most: number): string {
  const { id, title, impact, phase, onset, resolvedAt, updates, nextUpdateAt, taken, intervals } = incident;
  const touched = new Set(intervals.map(({ component }) => component));
  const names = components.filter((one) => touched.has(one.id)).map(({ name }) => name);
  const shown = updates.toReversed().slice(0, most);
  const lasted =
    resolvedAt === null ? `since ${time(onset)}` : `${time(onset)}, for ${lasting(resolvedAt - onset)}`;
  return `<article class="incident ${resolvedAt === null ? IMPACT_CSS[impact] : 'ok'}" id="${text(id)}">
<h3>${text(title)}</h3>
<p class="meta"><strong>${capital(phase)}</strong> · ${impact} impact · ${lasted}${names.length === 0 ? '' : ` · ${text(names.join(', '))}`}</p>
${nextUpdateAt === null ? '' : `<p class="next">Next update by ${clock(nextUpdateAt)}.${taken === null ? ' Published automatically.' : ` ${text(taken.by)} has taken over.`}</p>`}
<ol class="updates">${shown.map(({ at, phase: then, text: said, by }) => `<li><p>${text(most < 10 ? cut(said) : said)}</p><p class="meta">${capital(then)} · ${time(at)} · ${by === null ? 'automatic' : text(by)}</p></li>`).join('')}</ol>
${shown.length < updates.length ? `<p class="meta"><a href="history.html#${text(id)}">All ${updates.length} updates of ${text(id)}</a></p>` : ''}${facts(incident)}</article>`;
}

/** What was measured, and the report: once it is over. */
function facts({ detectedAfterMs, exact, reportUrl, id }: ShownIncident): string {
  const parts = [
    ...(detectedAfterMs === null ? [] : [`detected after ${lasting(detectedAfterMs)}`]),
    ...(exact === null ? [] : [`${exact.failedPayments.toLocaleString('en-KE')} payments failed`]),
    ...(reportUrl === undefined ? [] : [`<a href="${text(reportUrl)}">report of ${text(id)}</a>`]),
  ];
  return parts.length === 0 ? '' : `<p class="meta">${parts.join(' · ')}</p>`;
}

const cut = (said: string): string =>
  said.length <= MOST_LETTERS ? said : `${said.slice(0, MOST_LETTERS - 1).trimEnd()}…`;
export const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
