import { type TSchema, Type } from 'typebox';
import { catalogue } from '../catalogue.ts';
import { injectedAnswer } from '../faults/answers.ts';
import { answers } from '../faults/names.ts';
import { faultRule, scenario } from '../faults/rule.ts';

const row = (...cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** `docs/reference/faults.md` */
export function faultsPage(): string {
  const { when, do: effects, ...how } = faultRule.properties;
  return `# Faults, key by key

Written by \`npm run reference\` from the schema that checks every scenario; the suite fails when it is not what that would write. How to use
them: [make it fail](../how-to/make-it-fail.md). A scenario is YAML or JSON. A key or name that is not here, a result code that no product in
question has, and a fault that can never meet a request are refused before the first request, with the nearest name.

## A scenario

${table(scenario)}

## A fault

${table(Type.Object(how))}
| \`when\` | ${descriptionOf(when)} |
| \`do\` | ${descriptionOf(effects)} At least one effect. |

## \`when\`

${table(when)}

## \`do\`

${table(effects)}

### \`answer\`

As the STK push is answered; another family's error has its own code ([error codes](errors.md)).

${row('answer', 'HTTP status', 'body')}
${row('---', '---', '---')}
${answers.map(answerRow).join('\n')}

## Products

${catalogue.map(({ name, title }) => `\`${name}\` (${title})`).join(', ')}. Result codes: [results](results.md).
`;
}

function answerRow(answer: (typeof answers)[number]): string {
  if (answer === 'reset') return row('`reset`', 'none', 'the connection is cut');
  if (answer === 'hang')
    return row('`hang`', 'none', 'the connection is held for `answerAfter` (60s), then cut');
  const { status, body } = injectedAnswer(answer, 'stk');
  const text = body
    .trim()
    .replace(/"requestId":"[^"]*"/, '"requestId":"…"')
    .replaceAll('\n', ' ');
  return row(`\`${answer}\``, String(status), `\`${text}\``);
}

function table(schema: TSchema): string {
  const properties = Type.IsObject(schema) ? Object.entries(schema.properties) : [];
  const rows = properties.map(([key, value]: [string, TSchema]) => row(`\`${key}\``, descriptionOf(value)));
  return [row('key', 'what it says'), row('---', '---'), ...rows].join('\n');
}

function descriptionOf(schema: TSchema): string {
  const description: unknown = Reflect.get(schema, 'description');
  const words = Type.IsEnum(schema) ? ` One of ${schema.enum.map((word) => `\`${word}\``).join(', ')}.` : '';
  return `${typeof description === 'string' ? description.replaceAll('|', '\\|') : ''}${words}`;
}
