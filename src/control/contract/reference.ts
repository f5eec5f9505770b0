import Type, { type TSchema } from 'typebox';
import type { Operation } from './operation.ts';
import { sections } from './operations.ts';
import { Release } from './resources/releases/releases.ts';
import { Evidence, HardFact, Rollout, Verdict, Wave } from './resources/releases/rollout.ts';

// The generated part of docs/reference/control-api.md.

/** Shapes that several operations answer with: each is described once. */
const shapes: readonly (readonly [name: string, schema: TSchema])[] = [
  ['A release', Release],
  ['A rollout', Rollout],
  ['A wave', Wave],
  ['A verdict', Verdict],
  ['Evidence', Evidence],
  ['A hard fact', HardFact],
];
/** What is longer is described key by key. */
const MOST_LETTERS = 160;

export function operationsText(): string {
  return [
    ...sections.flatMap(([heading, operations]) => [
      `### ${heading}`,
      ...Object.entries(operations).map(([key, operation]) => operationText(key, operation)),
    ]),
    '### Shapes',
    ...shapes.map(([name, schema]) => `#### ${name}\n\n${shapeText(schema)}`),
  ].join('\n\n');
}

function shapeText(schema: TSchema): string {
  if (!Type.IsUnion(schema)) return fieldsOf(schema).join('\n');
  return schema.anyOf.map((each) => `- ${textOf(each)}`).join('\n');
}

function operationText(key: string, { role, schema }: Operation): string {
  const { summary, description, params, querystring, body, response } = schema;
  const said = [`${summary}.`, description, `Role: ${role}.`].filter(Boolean).join(' ');
  const given = [
    ['In the path', params],
    ['Query', querystring],
    ['Body', body],
  ] as const;
  return [
    `#### \`${key}\``,
    said,
    ...given.flatMap(([where, part]) => (part === undefined ? [] : partText(where, part))),
    ...answersOf(response).map(([status, part]) => partText(status, part).join('\n\n')),
  ].join('\n\n');
}

/** Statuses that answer alike are described together. */
function answersOf(response: Operation['schema']['response']): [string, TSchema][] {
  const bySchema = Map.groupBy(Object.entries(response), ([, schema]) => schema);
  return [...bySchema].map(([schema, same]) => [
    `\`${same.map(([status]) => status).join('`, `')}\``,
    schema,
  ]);
}

function partText(where: string, schema: TSchema): string[] {
  const text = textOf(schema);
  if (!Type.IsObject(schema) || nameOf(schema) !== undefined) return [`${where}: ${text}`];
  const fields = fieldsOf(schema);
  return fields.length === 0 ? [`${where}: \`{}\``] : [`${where}:`, fields.join('\n')];
}

function fieldsOf(schema: TSchema, indent = ''): string[] {
  if (!Type.IsObject(schema)) return [];
  const required: readonly string[] = schema.required ?? [];
  return Object.entries(schema.properties).flatMap(([key, value]: [string, TSchema]) => {
    const text = textOf(value);
    const inner = innerOf(value);
    const isLong = text.length > MOST_LETTERS && inner !== undefined;
    const description = descriptionOf(value);
    const line = `${indent}- \`${key}\`${required.includes(key) ? '' : ' (optional)'}: ${isLong ? kindOf(value) : text}${
      description === undefined ? '' : `; ${description}`
    }`;
    return isLong ? [line, ...fieldsOf(inner, `${indent}  `)] : [line];
  });
}

/** The object that a list or something that may be `null` is of. */
function innerOf(schema: TSchema): TSchema | undefined {
  if (nameOf(schema) !== undefined) return undefined;
  if (Type.IsObject(schema)) return schema;
  if (Type.IsArray(schema)) return innerOf(schema.items);
  const [of, ...others] = Type.IsUnion(schema) ? schema.anyOf.filter((each) => !Type.IsNull(each)) : [];
  return of !== undefined && others.length === 0 ? innerOf(of) : undefined;
}

function kindOf(schema: TSchema): string {
  if (Type.IsArray(schema)) return 'list of';
  return Type.IsUnion(schema) ? 'object or `null`' : 'object';
}

function textOf(schema: TSchema): string {
  const name = nameOf(schema);
  if (name !== undefined) return `[${name.toLowerCase()}](#${name.toLowerCase().replaceAll(' ', '-')})`;
  if (Type.IsUnion(schema)) return schema.anyOf.map(textOf).join(' or ');
  if (Type.IsNull(schema)) return '`null`';
  if (Type.IsLiteral(schema)) return `\`${JSON.stringify(schema.const)}\``;
  if (Type.IsEnum(schema)) return schema.enum.map((word) => `\`${word}\``).join(', ');
  if (Type.IsArray(schema)) return `list of ${textOf(schema.items)}`;
  if (Type.IsRecord(schema)) return 'object';
  if (Type.IsObject(schema)) {
    const required: readonly string[] = schema.required ?? [];
    const keys = Object.entries(schema.properties).map(
      ([key, value]: [string, TSchema]) =>
        `\`${key}\`${required.includes(key) ? '' : ' (optional)'} ${textOf(value)}`,
    );
    return `{ ${keys.join('; ')} }`;
  }
  if (Type.IsString(schema)) return Reflect.get(schema, 'format') === 'date-time' ? 'time' : 'text';
  if (Type.IsInteger(schema)) return 'integer';
  if (Type.IsNumber(schema)) return 'number';
  return Type.IsBoolean(schema) ? 'boolean' : 'any JSON';
}

function nameOf(schema: TSchema): string | undefined {
  return shapes.find(([, shape]) => shape === schema)?.[0];
}

function descriptionOf(schema: TSchema): string | undefined {
  const description: unknown = Reflect.get(schema, 'description');
  return typeof description === 'string' ? description : undefined;
}
