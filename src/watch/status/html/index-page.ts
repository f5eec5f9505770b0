import { lasting, utc } from '../../incident/eat.ts';
import type { ComponentState } from '../component.ts';
import { type Day, daysOf, uptime } from '../days.ts';
import { overall, type ShownComponent, type StatusState } from '../state.ts';
import { text } from './escape.ts';
import { incidentPart } from './incident-part.ts';
import { pageOf } from './page.ts';
import { clock, icon, LOOKS, share, stateWord, strip, time } from './parts.ts';

const MOST_OPEN = 4;
const MOST_UPDATES = 4;
const MOST_PAST = 3;
/** In all tables together. */
const MOST_DAYS = 24;
/** From when on the page says that it is old, and that it cannot be believed, ms. */
const OLD_MS = 30_000;
const LOST_MS = 120_000;

/** The page that people come for: below 30 kB, whole without a script. */
export function indexPage(state: StatusState, now: number): string {
  const { page, components, incidents, planned } = state;
  const { indicator, description } = overall(state, now);
  const open = incidents.filter(({ resolvedAt }) => resolvedAt === null);
  const past = incidents.filter(({ resolvedAt }) => resolvedAt !== null);
  const css = { none: 'ok', minor: 'degraded', major: 'partial', critical: 'major', maintenance: 'work' }[
    indicator
  ];
  const due = planned.filter(({ to }) => to > now).slice(0, 3);
  const main = `<section class="now ${css}" aria-label="Now">
<h1>${icon(css)}<span id="overall">${description}</span></h1>
${ageLine(state.checkedAt, now)}
<p id="news" role="status"></p>
</section>
${
  open.length === 0
    ? ''
    : `<section aria-labelledby="open"><h2 id="open">Open incidents</h2>${open
        .slice(0, MOST_OPEN)
        .map((one) => incidentPart(one, state, MOST_UPDATES))
        .join(
          '',
        )}${open.length > MOST_OPEN ? `<p><a href="history.html">${open.length - MOST_OPEN} more open incidents</a></p>` : ''}</section>`
}
${due.length === 0 ? '' : `<section aria-labelledby="planned"><h2 id="planned">Planned work</h2>${due.map((one) => `<article class="incident work" id="${text(one.id)}"><h3>${text(one.title)}</h3><p class="meta">${time(one.from)} to ${time(one.to)}</p><p>${text(one.text)}</p></article>`).join('')}</section>`}
<section aria-labelledby="parts"><h2 id="parts">Components</h2>
<ul class="list">${components.map((one) => componentRow(one, now, Math.ceil(MOST_DAYS / components.length))).join('')}</ul>
</section>
<section aria-labelledby="past"><h2 id="past">Lately</h2>
${
  past.length === 0
    ? '<p class="quiet">No incident in the last 90 days.</p>'
    : past
        .slice(0, MOST_PAST)
        .map((one) => incidentPart(one, state, 1))
        .join('')
}
<p><a href="history.html">All incidents of the last 90 days</a></p></section>`;
  const foot = `<p>Times are East Africa Time (UTC+3). The bars are days: the taller, the worse. This page is written by the watch, which needs nothing of what it watches.</p>
<script>${SCRIPT}</script>`;
  return pageOf(page, `${description} · ${page.name} status`, main, foot);
}

/** How old what the page says is. Without a script it is the age at which the page was written. */
function ageLine(checkedAt: number, now: number): string {
  const age = now - checkedAt;
  const grade = age >= LOST_MS ? 'lost' : age >= OLD_MS ? 'old' : 'fresh';
  const words =
    age >= LOST_MS ? `We cannot confirm this: the last check was ${lasting(age)} ago` : 'Last checked';
  return `<p id="age" data-age="${grade}" data-at="${utc(checkedAt)}"><span>${words}</span> <span class="at">(${clock(checkedAt)})</span></p>`;
}

function componentRow(component: ShownComponent, now: number, mostDays: number): string {
  const { id, name, state, since, why, override } = component;
  const days = daysOf(component, now);
  const up = uptime(component, now);
  const bad = days.filter(isBad);
  const known = days.filter(({ worst }) => worst !== null).length;
  const people =
    override === null
      ? ''
      : ` ${text(override.by)} says so until ${clock(override.until)}: ${text(override.reason)}`;
  const page = `components/${encodeURIComponent(id)}.html`;
  return `<li id="${text(id)}"><div class="row"><h3>${text(name)}</h3>${stateWord(state)}</div>
${state === 'operational' && override === null ? '' : `<p class="why">${capitalised(why)}, since ${time(since)}.${people || ' Detected automatically.'}</p>`}
<a class="strip" href="${page}" aria-label="${text(name)}: day by day">${strip(days)}</a>
<details><summary>${known} days: ${share(up.minutes)} of the time${up.requests === null ? '' : `, ${share(up.requests)} of the requests`}; ${bad.length === 0 ? 'no day with trouble' : bad.length === 1 ? 'one day with trouble' : `${bad.length} days with trouble`}</summary>
${bad.length === 0 ? '<p class="meta">Every day that was watched was operational.</p>' : dayTable(name, bad.toReversed().slice(0, mostDays))}<p class="meta"><a href="${page}">${text(name)}, day by day</a></p></details></li>`;
}

export const isBad = ({ worst }: Day): boolean => worst !== null && worst !== 'operational';

/** `root`: the way to the folder of the days. */
export function dayTable(name: string, days: readonly Day[], root = ''): string {
  const rows = days.map(({ date, worst, downMs }) => {
    const day = isBad({ worst } as Day) ? `<a href="${root}days/${date}.html">${date}</a>` : date;
    return `<tr><th scope="row">${day}<td>${word(worst)}<td>${downMs === 0 ? '–' : lasting(downMs)}`;
  });
  return `<table><caption>${text(name)}, the newest first</caption><thead><tr><th scope="col">Day<th scope="col">Worst<th scope="col">In trouble</thead><tbody>${rows.join('')}</tbody></table>`;
}

const word = (worst: ComponentState | null): string => (worst === null ? 'Not watched' : LOOKS[worst].word);
const capitalised = (why: string): string => text(why.charAt(0).toUpperCase() + why.slice(1));

/** Counts the age up, and asks now and then whether the page is still true. Says a change once. */
const SCRIPT = `(()=>{const a=document.getElementById('age'),w=a.firstElementChild,n=document.getElementById('news'),o=document.getElementById('overall').textContent;let at=Date.parse(a.dataset.at);const show=()=>{const s=Math.max(0,Math.round((Date.now()-at)/1e3));a.dataset.age=s>=${LOST_MS / 1000}?'lost':s>=${OLD_MS / 1000}?'old':'fresh';w.textContent=s>=${LOST_MS / 1000}?'We cannot confirm this: the last check was '+s+' s ago':'Checked '+s+' s ago'};setInterval(show,1e3);show();setInterval(async()=>{try{const r=await fetch('api/v2/status.json',{cache:'no-store',signal:AbortSignal.timeout(5e3)});const j=await r.json();at=Date.parse(j.page.updated_at);const d=j.status.description;if(d!==o&&!n.textContent.includes(d)){n.textContent='';n.append('It is now: '+d+'. ',Object.assign(document.createElement('a'),{href:'',textContent:'Load the page again'}))}}catch{}},1e4)})()`;
