import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/**/*.md')].sort();
const folders = '(?:src|sim|test|bench|bin|docs|packages|examples|deploy)';
/** Written by a command that the page names, and not kept. */
const WRITTEN = new Set(['bench/results/']);
const PATH = new RegExp(`\`(${folders}/[\\w./*-]+)\``, 'g');
/** A file named by the end of its path: `decide.ts`, `leader/turn/decide.ts`. */
const NAME = /`((?:[\w-]+\/)*[\w.-]+\.(?:ts|mjs|sql))`/g;
/** Where a pattern of a field looks like a link. */
const CODE = /`[^`\n]*`/g;
const LINK = /\]\(([^)#\s]+)(?:#[^)]*)?\)/g;

const files = globSync(
  ['*.mjs', '.*.mjs', '{src,sim,test,bench,bin,docs,packages,examples,deploy}/**/*.{ts,mjs,sql}'],
  {
    exclude: (name) => name === 'node_modules' || name === 'dist',
  },
);

test('every file that a page names by the end of its path is there', () => {
  const ends = new Set(files.flatMap((file) => endsOf(file)));
  const lost: string[] = [];
  for (const page of pages)
    for (const [, name = ''] of readFileSync(page, 'utf8').matchAll(NAME))
      if (!ends.has(name)) lost.push(`${page}: ${name}`);
  assert.deepEqual(lost, []);
});

function endsOf(file: string): string[] {
  const steps = file.split('/');
  return steps.map((_, index) => steps.slice(index).join('/'));
}

test('every path and every link in a page is there', () => {
  const lost: string[] = [];
  let found = 0;
  for (const page of pages) {
    const text = readFileSync(page, 'utf8');
    for (const [, path = ''] of text.matchAll(PATH)) {
      if (WRITTEN.has(path)) continue;
      found += 1;
      if (path.includes('*') ? globSync(path).length === 0 : !existsSync(path)) lost.push(`${page}: ${path}`);
    }
    for (const [, link = ''] of text.replace(CODE, '').matchAll(LINK)) {
      if (/^[a-z]+:/.test(link)) continue;
      found += 1;
      if (!existsSync(join(dirname(page), link))) lost.push(`${page}: ${link}`);
    }
  }
  assert.deepEqual(lost, []);
  assert.ok(found > 100);
});
