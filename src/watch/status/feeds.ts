import { text } from './html/escape.ts';
import type { ShownIncident, StatusState } from './state.ts';

const MOST = 50;

export function toAtom({ page, incidents }: StatusState, now: number): string {
  const shown = incidents.slice(0, MOST);
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>${text(page.url)}/</id>
<title>${text(page.name)} status</title>
<updated>${iso(Math.max(0, ...shown.map(changedAt)) || now)}</updated>
<link rel="alternate" type="text/html" href="${text(page.url)}/"/>
<link rel="self" type="application/atom+xml" href="${text(page.url)}/history.atom"/>
<author><name>${text(page.name)}</name></author>
${shown
  .map(
    (one) => `<entry>
<id>${text(linkOf(page.url, one))}</id>
<title>${text(one.title)}</title>
<published>${iso(one.openedAt)}</published>
<updated>${iso(changedAt(one))}</updated>
<link rel="alternate" type="text/html" href="${text(linkOf(page.url, one))}"/>
<content type="html">${text(body(one))}</content>
</entry>`,
  )
  .join('\n')}
</feed>
`;
}

export function toRss({ page, incidents }: StatusState, now: number): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
<title>${text(page.name)} status</title>
<link>${text(page.url)}/</link>
<description>Incidents of ${text(page.name)}</description>
<atom:link rel="self" type="application/rss+xml" href="${text(page.url)}/history.rss"/>
<lastBuildDate>${new Date(now).toUTCString()}</lastBuildDate>
${incidents
  .slice(0, MOST)
  .map(
    (one) => `<item>
<title>${text(one.title)}</title>
<link>${text(linkOf(page.url, one))}</link>
<guid isPermaLink="true">${text(linkOf(page.url, one))}</guid>
<pubDate>${new Date(changedAt(one)).toUTCString()}</pubDate>
<description>${text(body(one))}</description>
</item>`,
  )
  .join('\n')}
</channel></rss>
`;
}

export const linkOf = (url: string, { id }: Pick<ShownIncident, 'id'>): string => `${url}/#${id}`;
export const changedAt = ({ updates, openedAt }: ShownIncident): number => updates.at(-1)?.at ?? openedAt;
const iso = (at: number): string => new Date(at).toISOString();

/** Its updates, the newest first. */
const body = ({ updates }: ShownIncident): string =>
  updates
    .toReversed()
    .map(({ at, phase, text: said }) => `<p><strong>${phase}</strong> (${iso(at)}): ${text(said)}</p>`)
    .join('');
