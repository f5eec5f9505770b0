import { writeFileSync } from 'node:fs';
import type { Operation, Product } from '../../src/mpesa/api/define-product.ts';
import { catalogue } from '../../src/mpesa/catalogue.ts';
import type { Result } from '../../src/mpesa/results/codes.ts';
import { allTests, type NamedTest } from '../titles.ts';
import type { Case, Chapter } from './case.ts';
import { chapters } from './cases/all.ts';
import { resultTests } from './results.ts';
import { recordedAs } from './sources.ts';

/** Where the page is kept. `npm run reference` writes it. */
export const PAGE = 'docs/reference/conformance.md';

const products: readonly Product[] = catalogue;
const tests = allTests();

/** The tests of these titles, and the titles that no test has. */
export function shownBy(titles: readonly string[]): { found: NamedTest[]; missing: string[] } {
  const found = titles.map((title) => tests.filter((test) => test.title === title));
  return { found: found.flat(), missing: titles.filter((_, index) => found[index]?.length === 0) };
}

/** What a product may end in, with the title of the test that shows it; `undefined`: none is named. */
export function resultsOf({
  name,
  results = {},
}: Product): [key: string, Result, title: string | undefined][] {
  return Object.entries(results).map(([key, result]) => [key, result, resultTests[name]?.[key]]);
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (...cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
const table = (head: readonly string[], rows: readonly string[]) =>
  [row(...head), row(...head.map(() => '---')), ...rows].join('\n');
const named = (titles: readonly string[]) =>
  shownBy(titles)
    .found.map(({ file, title }) => `${title} (\`${file}\`)`)
    .join('<br>');

export function conformancePage(): string {
  return `# Conformance

Written by \`npm run reference\` from the catalogue of products and from the tests; the suite fails when it is not what that would write, when a row
names no test, or a test that is not there. Who is quoted: **O2**, **O3** the vendor's pages, older and of 2025; **OP** such a page as an SDK's author
wrote it down; **M**, **NKAP** dated recordings of the sandbox; **KEPAS** a production pay bill; **OBS** a live answer that somebody published; **PORTAL** the
portal of 2025–2026; **GOLIVE** the vendor's own cases; **C** a community's claim. *Open*: sources disagree, or say nothing; what is
done here is named, with the setting that changes it.

${chapters.map(chapter).join('\n\n')}

# Every operation, field and result

That the sample of each operation is taken, that a number and its text are the same, and that each field that is missing or wrong is named in the
form of its family is held for every row by \`src/mpesa/api/samples.test.ts\`.

${products.map(productSection).join('\n\n')}
`;
}

function chapter({ title, cases }: Chapter): string {
  return `## ${title}\n\n${table(['case', 'the real one', 'source', 'here', 'shown by'], cases.map(caseRow))}`;
}

function caseRow({ asked, answer, source, taken = 'the same', tests: titles }: Case): string {
  return row(asked, answer, source, taken, named(titles));
}

function productSection(product: Product): string {
  const operations = Object.values(product.operations).map(operationSection).join('\n\n');
  const results = resultsOf(product).map(([, { code, callback }, title]) =>
    row(`\`${code}\``, callback, recordedAs.result(code), named(title === undefined ? [] : [title])),
  );
  const ends = results.length === 0 ? '' : `\n\n${table(['result', 'text', 'source', 'shown by'], results)}`;
  return `## ${product.title}\n\n${operations}${ends}`;
}

function operationSection({ title, method, paths, request }: Operation<never>): string {
  const where = paths.map((path) => `\`${method} ${path}\` (${recordedAs.path(path)})`).join(', ');
  const required = new Set(request.schema.required ?? []);
  const fields = request.names.map((name) =>
    row(`\`${name}\``, required.has(name) ? 'yes' : 'no', ruleOf(request.schema.properties[name])),
  );
  return `### ${title}\n\n${where}${fields.length === 0 ? '' : `\n\n${table(['field', 'required', 'rule'], fields)}`}`;
}

/** The rule of a field, as its schema has it. */
function ruleOf(schema: object | undefined): string {
  const {
    description,
    enum: values,
    pattern,
    minLength,
    maxLength,
    minimum,
    maximum,
    type,
    contentEncoding,
  } = (schema ?? {}) as Record<string, unknown>;
  const range = (what: string, from: unknown, to: unknown) =>
    from === undefined && to === undefined ? undefined : `${what} ${from ?? ''}–${to ?? ''}`;
  const parts = [
    Array.isArray(values) ? values.map((value) => `\`${value}\``).join(', ') : undefined,
    pattern === undefined ? undefined : `\`${pattern}\``,
    range('length', minLength, maxLength),
    range('value', minimum, maximum),
    contentEncoding,
    description,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? String(type ?? '') : parts.join('; ');
}

if (import.meta.main) writeFileSync(PAGE, conformancePage());
