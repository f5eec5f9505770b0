import { writeFileSync } from 'node:fs';
import { allTests, type NamedTest } from '../titles.ts';
import { rules } from './rules.ts';

/** Where the page is kept. `npm run reference` writes it. */
export const PAGE = 'docs/reference/rules.md';

interface RuledTest extends NamedTest {
  rules: number[];
}

/** Every test whose name carries a rule (`R6: …`), by file and place. */
export function testsOfRules(): RuledTest[] {
  return allTests().flatMap(({ file, title }) => {
    const named = [...title.matchAll(/\bR(\d+)\b/g)].map(([, number]) => Number(number));
    return named.length === 0 ? [] : [{ file, title, rules: [...new Set(named)] }];
  });
}

/** Each rule to the tests that carry it, and each file of tests back to its rules. */
export function rulesPage(): string {
  const tests = testsOfRules();
  const sections = rules.map(({ number, says, unbuilt }) => {
    const its = tests.filter((one) => one.rules.includes(number));
    const lines = its.map(({ file, title }) => `- ${title.replaceAll('|', '\\|')} (\`${file}\`)`);
    if (unbuilt !== undefined) lines.push(`- ${unbuilt} is not built yet, so nothing shows it`);
    return `## R${number}: ${says}\n\n${lines.join('\n')}\n`;
  });
  const files = [...Map.groupBy(tests, ({ file }) => file)].map(([file, its]) => {
    const numbers = [...new Set(its.flatMap((one) => one.rules))].sort((a, b) => a - b);
    return `| \`${file}\` | ${numbers.map((number) => `R${number}`).join(', ')} |`;
  });
  return `# Rules, and the tests that hold them

Written by \`npm run reference\` from the names of the tests; the suite fails when it is not what that would write, when a rule has no test, and when
a test names a rule that does not exist. The simulator judges many of them besides, in every run:
[simulator](../explanation/simulator.md).

${sections.join('\n')}
## By file

| tests | rules |
| --- | --- |
${files.join('\n')}
`;
}

if (import.meta.main) writeFileSync(PAGE, rulesPage());
