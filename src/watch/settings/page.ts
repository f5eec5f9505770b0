import { writeFileSync } from 'node:fs';
import { settingsSchema } from './schema.ts';

/** Where the page of the settings is kept. `npm run reference` writes it. */
export const PAGE = 'docs/reference/watch.md';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

const INTRO = `# Settings of the watch, key by key

Written by \`npm run reference\` from the schema that checks every settings file (\`src/watch/settings/\`); the suite fails when it is not what that
would write. How to use them: [The watch](../how-to/watch.md). The file is YAML. Of several files (\`--settings\` may be given again) a later one
adds to the lists of an earlier one, and replaces its single values. Paths are from the folder of the file.`;

/** All keys, then one table for each kind of target, channel and subscriber. */
export function settingsPage(): string {
  const schema = settingsSchema as Schema;
  const kinds = ['targets', 'channels', 'subscribers'].flatMap((key) =>
    (schema.properties?.[key]?.items?.anyOf ?? []).map((one) => {
      const kind = String(one.properties?.kind?.const);
      return `## \`${key}\`, \`kind: ${kind}\`\n\n${table(rowsOf(one).filter(([name]) => name !== '`kind`'))}`;
    }),
  );
  return `${[INTRO, `## The file\n\n${table(rowsOf(schema))}`, ...kinds].join('\n\n')}\n`;
}

type Row = readonly [key: string, says: string, values: string, builtIn: string];

function rowsOf({ properties = {}, required = [] }: Schema, before = ''): Row[] {
  return Object.entries(properties).flatMap(([key, schema]): Row[] => {
    const name = `${before}${key}`;
    if (schema.properties !== undefined) return rowsOf(schema, `${name}.`);
    const inner = schema.items?.properties === undefined ? [] : rowsOf(schema.items, `${name}[].`);
    const builtIn =
      schema.default === undefined ? (required.includes(key) ? 'must be there' : '–') : code(schema.default);
    return [[`\`${name}\``, schema.description ?? '', valuesOf(schema), builtIn], ...inner];
  });
}

function valuesOf({ type, const: value, anyOf, minimum, maximum }: Schema): string {
  if (value !== undefined) return code(value);
  if (anyOf?.every((one) => one.const !== undefined)) return anyOf.map((one) => code(one.const)).join(', ');
  if (anyOf !== undefined) return 'see below';
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  return type === 'array' ? 'list' : (type ?? '');
}

function table(rows: readonly Row[]): string {
  const head = ['| key | | values | built in |', '| --- | --- | --- | --- |'];
  return [...head, ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

if (import.meta.main) writeFileSync(PAGE, settingsPage());
