import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

export const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');

export interface Expressions {
  /** What the rules of deploy/ record, name by name, and what each alert asks. */
  readonly rules: { record?: string; alert?: string; expr: string }[];
  /** What the panels and annotations of the dashboard ask. */
  readonly panels: { title: string; expr: string }[];
}

export async function expressions(): Promise<Expressions> {
  const [rules, dashboard] = await Promise.all([
    readFile(join(DEPLOY, 'prometheus', 'rules.yml'), 'utf8'),
    readFile(join(DEPLOY, 'grafana', 'imara.json'), 'utf8'),
  ]);
  const { groups } = parse(rules) as { groups: { rules: Expressions['rules'] }[] };
  const { panels, annotations } = JSON.parse(dashboard) as {
    panels: { title: string; targets?: { expr: string }[] }[];
    annotations: { list: { name: string; expr: string }[] };
  };
  return {
    rules: groups.flatMap((group) => group.rules),
    panels: [
      ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr }))),
      ...annotations.list.map(({ name, expr }) => ({ title: name, expr })),
    ],
  };
}

const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'by', 'without', 'on', 'ignoring', 'Inf']);
/** What Prometheus makes itself. */
const ITS_OWN = new Set(['up']);

/** The names of metrics, and of recordings, in an expression. */
export function namesIn(expr: string): string[] {
  const bare = expr
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  return [...bare.matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])/g)]
    .map(([name]) => name)
    .filter((name) => !WORDS.has(name) && !ITS_OWN.has(name));
}

/** Every metric that a rule or a panel of deploy/ names, as the process that exports it calls it. */
export async function metricsIn(): Promise<string[]> {
  const { rules, panels } = await expressions();
  const names = [...rules, ...panels].flatMap(({ expr }) => namesIn(expr));
  return [
    ...new Set(names.filter((name) => !name.includes(':')).map((name) => name.replace(SUFFIX, ''))),
  ].sort();
}

const SUFFIX = /_(?:bucket|sum|count)$/;
