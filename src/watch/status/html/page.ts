import type { Page } from '../state.ts';
import { text } from './escape.ts';
import { STRIP_STYLE, SYMBOLS } from './parts.ts';
import { STYLE } from './style.ts';

/** The frame of every page. `root`: the way back to the first page, from a folder below it. */
export function pageOf(page: Page, title: string, main: string, foot: string, root = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}</title>
<link rel="alternate" type="application/atom+xml" title="Incidents" href="${root}history.atom">
<style>${STYLE}${STRIP_STYLE}</style>
</head>
<body>
${SYMBOLS}
<a class="skip" href="#main">To the content</a>
<div class="wrap">
<header class="top"><a class="brand" href="${root}index.html">${text(page.name)} status</a><nav aria-label="Pages"><a href="${root}history.html">History</a><a href="${root}history.atom">Atom</a><a href="${root}history.rss">RSS</a><a href="${root}api/v2/summary.json">JSON</a></nav></header>
<main id="main">
${main}
</main>
<footer>${foot}</footer>
</div>
</body>
</html>
`;
}
