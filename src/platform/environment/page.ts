import { type Reader, type Section, type Variable, variables } from './variables.ts';

const sections: Record<Section, string> = {
  process: '## A process',
  machine: '## `imara up`, on one machine',
  command: '## Commands',
  between: '## Between the supervisor and its processes\n\nSet by `imara up` for what it starts.',
};

const readers: Record<Reader, string> = {
  process: 'processes',
  supervisor: '`imara up`',
  cli: 'commands',
  platform: 'processes',
};

/** The tables of `docs/reference/environment.md`. */
export function variablesText(): string {
  const rows: [string, Variable][] = Object.entries(variables);
  return Object.entries(sections)
    .map(([section, title]) => {
      const lines = rows.filter(([, of]) => of.section === section).map(([name, of]) => row(name, of));
      return `${title}\n\n| variable | type | what it says | without it | who reads it |\n| --- | --- | --- | --- | --- |\n${lines.join('\n')}`;
    })
    .join('\n\n');
}

function row(name: string, { kind, says, without, readBy, orFile }: Variable): string {
  const names = orFile ? `\`${name}\`, or \`${name}_FILE\`` : `\`${name}\``;
  const who = readBy.map((reader) => readers[reader]).join(', ');
  return `| ${names} | ${kind.title} | ${says} | ${without} | ${who} |`;
}
