import { eat, eatDate, lasting, utc } from '../incident/eat.ts';
import { percent } from '../incident/words.ts';
import { text } from '../status/html/escape.ts';
import { count, shillings } from './draft.ts';
import { HEADINGS } from './markdown.ts';
import type { Report } from './report.ts';

/** A page of its own: no script, nothing fetched, good in print. */
export function toHtml(report: Report): string {
  const { words, timeline, instants, durations, suspects, measures, impact } = report;
  const { requests, failed, peak, exact } = impact;
  const onset = instants.find(({ name }) => name === 'T1')?.at ?? report.draftedAt;
  const untested = measures.filter(({ test }) => test === null);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Incident report: ${text(report.title)}</title>
<style>${STYLE}</style>
<main>
<header><h1>Incident report: ${text(report.title)}</h1>
<p>${text(report.incident)} · ${text(eatDate(onset))} · severity <strong>${report.severity}</strong> · ${report.phase}</p></header>
<h2>${HEADINGS.summary}</h2>
${paragraphs(words.summary)}
<h2>Timeline</h2>
<p>All times are East Africa Time (UTC+3); point at one to see it in UTC.</p>
<table><thead><tr><th scope="col">EAT<th scope="col">What happened<th scope="col">Entry</thead><tbody>
${timeline
  .map(
    (row) =>
      `<tr><td>${time(row.at)}<td>${text(row.text)}${row.actor === null || row.text.includes(row.actor) ? '' : ` <em>${text(row.actor)}</em>`}<td><span title="${text(row.evidence)}">#${row.sequence}</span>`,
  )
  .join('\n')}
</tbody></table>
<h2>${HEADINGS.rootCause}</h2>
${paragraphs(words.rootCause)}
${suspects.length === 0 ? '' : `<h3>What changed in the hour before, the likeliest first</h3><ol>${suspects.map((one) => `<li>${text(one.text)} <small>${text(one.reasons.join('; '))}</small>`).join('')}</ol>`}
<h2>${HEADINGS.resolution}</h2>
${paragraphs(words.resolution)}
<h2>${HEADINGS.measures}</h2>
<ul>${measures.map(({ text: what, test }) => `<li>${text(what)}${test === null ? '' : ` <small>kept by the test “${text(test)}”</small>`}`).join('')}</ul>
${untested.length === 0 ? '' : `<p><strong>${untested.length} of ${measures.length} measures have no test that keeps them.</strong></p>`}
<h2>Impact in numbers</h2>
<dl>
<dt>Requests measured<dd>${count(requests)}
<dt>Failed<dd>${count(failed)} (at the peak ${percent(peak)})
<dt>By the books<dd>${exact === null ? 'not known yet' : `${count(exact.failedPayments)} payments, ${shillings(exact.amountCents)}, ${count(exact.merchants)} merchants`}
${impact.components.map((one) => `<dt>${text(one.component)}<dd>${one.worst.replaceAll('_', ' ')}, ${time(one.from)} to ${one.to === null ? 'now' : time(one.to)} (${lasting(one.downMs)})`).join('\n')}
</dl>
<h3>Instants and durations</h3>
<table><tbody>
${instants.map(({ name, what, at }) => `<tr><th scope="row">${name}<td>${what}<td>${at === null ? '–' : time(at)}`).join('\n')}
</tbody></table>
<table><thead><tr><th scope="col">Duration<th scope="col">Took<th scope="col">Promised</thead><tbody>
${durations.map(({ what, tookMs, budgetMs, over }) => `<tr${over ? ' class="over"' : ''}><td>${what}<td>${tookMs === null ? '–' : lasting(tookMs)}${over ? ' <strong>over</strong>' : ''}<td>${budgetMs === null ? '–' : lasting(budgetMs)}`).join('\n')}
</tbody></table>
<footer><p>Drafted by the watch at ${time(report.draftedAt)} from the journal up to entry #${report.journal.sequence}.</p></footer>
</main>
</html>
`;
}

const time = (at: number): string => `<time datetime="${utc(at)}" title="${utc(at)}">${text(eat(at))}</time>`;

const paragraphs = (words: string): string =>
  words
    .split(/\n+/)
    .map((line) => `<p>${text(line)}</p>`)
    .join('\n');

const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--paper:#fff;--bad:#b42318}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa7b4;--line:#30363d;--paper:#0f1419;--bad:#ff8a80}}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .25rem;text-wrap:balance}h2{font-size:1.2rem;margin:2.25rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.5rem 0 .4rem}header p,small,footer{color:var(--soft)}small{display:block}
table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:.92rem}th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line)}
td:has(time){white-space:nowrap;font-variant-numeric:tabular-nums}dt{color:var(--soft);font-size:.9rem}dd{margin:0 0 .6rem}.over strong{color:var(--bad)}
@media(max-width:34rem){td:has(time){white-space:normal;min-width:6.5rem}}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--bad:#900}main{max-width:none;padding:0}tr{break-inside:avoid}}`;
