import { eat, eatClock, utc } from '../../incident/eat.ts';
import type { ComponentState } from '../component.ts';
import { DAYS, type Day } from '../days.ts';
import { text } from './escape.ts';

/** What several pages are made of. */

export const LOOKS: Readonly<
  Record<ComponentState, { readonly css: string; readonly word: string; readonly tall: number }>
> = {
  operational: { css: 'ok', word: 'Operational', tall: 10 },
  under_maintenance: { css: 'work', word: 'Under maintenance', tall: 15 },
  degraded_performance: { css: 'degraded', word: 'Degraded performance', tall: 19 },
  partial_outage: { css: 'partial', word: 'Partial outage', tall: 25 },
  major_outage: { css: 'major', word: 'Major outage', tall: 32 },
};

/** A shape for each state, so that none is told by its colour alone. */
export const SYMBOLS = `<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>
<symbol id="ok" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.2" fill="currentColor"/><path d="M4.6 8.3l2.3 2.3 4.5-4.9" fill="none" stroke="var(--card)" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="work" viewBox="0 0 16 16"><rect x="1" y="1" width="14" height="14" rx="3" fill="currentColor"/><path d="M4.5 8h7M4.5 5h7M4.5 11h4" stroke="var(--card)" stroke-width="1.6" stroke-linecap="round"/></symbol>
<symbol id="degraded" viewBox="0 0 16 16"><path d="M8 1l7.3 13.4H.7z" fill="currentColor"/><path d="M8 5.8v4M8 11.8v.4" stroke="var(--card)" stroke-width="1.7" stroke-linecap="round"/></symbol>
<symbol id="partial" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.4" fill="none" stroke="currentColor" stroke-width="1.7"/><path d="M8 1.6a6.4 6.4 0 010 12.8z" fill="currentColor"/></symbol>
<symbol id="major" viewBox="0 0 16 16"><path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z" fill="currentColor"/><path d="M5.5 5.5l5 5m0-5l-5 5" stroke="var(--card)" stroke-width="1.8" stroke-linecap="round"/></symbol>
</defs></svg>`;

/** How the bars of the strips are drawn: as wide as a day, as tall as it was bad. */
export const STRIP_STYLE = `.strip path{fill:none;stroke:var(--c);stroke-dasharray:3.4 1.6}${[...Object.values(LOOKS), { css: 'none', tall: 4 }].map(({ css, tall }) => `.strip .${css}{stroke-width:${tall}}`).join('')}`;

export const icon = (css: string): string =>
  `<svg class="icon" aria-hidden="true"><use href="#${css}"/></svg>`;

export function stateWord(state: ComponentState): string {
  const { css, word } = LOOKS[state];
  return `<span class="state ${css}">${icon(css)}${word}</span>`;
}

export const time = (at: number): string =>
  `<time datetime="${utc(at)}" title="${utc(at)}">${text(eat(at))}</time>`;
export const clock = (at: number): string =>
  `<time datetime="${utc(at)}" title="${utc(at)}">${text(eatClock(at))} EAT</time>`;

const WIDE = 5;
const HIGH = 32;
const GAP = 1.6;

/**
 * 90 days as bars, the taller the worse. Days alike are one dashed line, which keeps it small. It is a
 * picture: the table that stands beside it says the same.
 */
export function strip(days: readonly Day[]): string {
  const paths = new Map<string, string>();
  let begin = 0;
  for (const [index, { worst }] of days.entries()) {
    if (days[index + 1]?.worst === worst) continue;
    const { css, tall } = worst === null ? { css: 'none', tall: 4 } : LOOKS[worst];
    const line = `M${begin * WIDE} ${HIGH - tall / 2}h${(index + 1 - begin) * WIDE - GAP}`;
    paths.set(css, `${paths.get(css) ?? ''}${line}`);
    begin = index + 1;
  }
  const drawn = [...paths].map(([css, d]) => `<path class="${css}" d="${d}"/>`).join('');
  return `<svg viewBox="0 0 ${DAYS * WIDE} ${HIGH}" preserveAspectRatio="none" aria-hidden="true">${drawn}</svg>`;
}

/** `99.98 %`: never rounded up to 100. */
export const share = (part: number): string =>
  `${(Math.floor(part * 100_000) / 1000).toFixed(part === 1 ? 0 : 2)} %`;
