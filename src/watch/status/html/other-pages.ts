import { lasting } from '../../incident/eat.ts';
import type { ComponentState } from '../component.ts';
import { daysOf, uptime } from '../days.ts';
import type { ShownComponent, StatusState } from '../state.ts';
import { text } from './escape.ts';
import { incidentPart } from './incident-part.ts';
import { dayTable } from './index-page.ts';
import { pageOf } from './page.ts';
import { LOOKS, share, stateWord, strip, time } from './parts.ts';

const MOST_INCIDENTS = 100;
const FOOT = '<p>Times are East Africa Time (UTC+3).</p>';

export function historyPage(state: StatusState): string {
  const all = state.incidents.slice(0, MOST_INCIDENTS);
  const main = `<h1>History</h1>
${all.length === 0 ? '<p>No incident in the last 90 days.</p>' : all.map((one) => incidentPart(one, state, 200)).join('\n')}`;
  return pageOf(
    state.page,
    `History · ${state.page.name} status`,
    main.replaceAll('<h3', '<h2').replaceAll('</h3>', '</h2>'),
    FOOT,
  );
}

export function componentPage(state: StatusState, component: ShownComponent, now: number): string {
  const days = daysOf(component, now);
  const { minutes, requests } = uptime(component, now);
  const main = `<h1>${text(component.name)}</h1>
<p>${stateWord(component.state)}</p>
<p class="why">${share(minutes)} of the time${requests === null ? '' : `, ${share(requests)} of the requests`}. An outage counts whole, a partial one half.</p>
<div class="strip">${strip(days)}</div>
${dayTable(component.name, days.toReversed(), '../')}`;
  return pageOf(state.page, `${component.name} · ${state.page.name} status`, main, FOOT, '../');
}

/** One day on which something was in trouble. */
export function dayPage(state: StatusState, date: string, now: number): string {
  const troubles = state.components.flatMap((component) => {
    const day = daysOf(component, now).find((one) => one.date === date);
    if (day === undefined) return [];
    return component.intervals
      .filter((one) => one.from < day.to && (one.to ?? now) > day.from)
      .map((one) => ({ ...one, component, to: one.to ?? now, goesOn: one.to === null }));
  });
  const ids = new Set(
    state.incidents
      .filter(({ onset, resolvedAt }) =>
        troubles.some(({ from, to }) => onset <= to && (resolvedAt ?? now) >= from),
      )
      .map(({ id }) => id),
  );
  const incidents = state.incidents.filter(({ id }) => ids.has(id));
  const rows = troubles.map(
    ({ component, state: what, from, to, goesOn }) =>
      `<tr><th scope="row">${text(component.name)}<td>${LOOKS[what as ComponentState]?.word ?? text(what)}<td>${time(from)}<td>${goesOn ? 'goes on' : lasting(to - from)}`,
  );
  const main = `<h1>${date}</h1>
<table><caption>What was in trouble</caption><thead><tr><th scope="col">Component<th scope="col">State<th scope="col">From<th scope="col">For</thead><tbody>${rows.join('')}</tbody></table>
${incidents.map(({ id, title }) => `<p><a href="../history.html#${text(id)}">${text(title)} (${text(id)})</a></p>`).join('')}`;
  return pageOf(state.page, `${date} · ${state.page.name} status`, main, FOOT, '../');
}
