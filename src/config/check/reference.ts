import { isJsonObject, isRecord, type Json, type JsonObject } from '../canonical.ts';
import { isArray } from './schema-walk.ts';

/** One page that describes every key of a schema, with its bounds and what it is without a change. */
export function referencePage(intro: string, schema: unknown, builtIn: JsonObject): string {
  const sections = propertiesOf(schema).map(([name, section]) => {
    const rows = rowsOf(name, section, builtIn[name]);
    return `## \`${name}\`\n\n${textOf(section)}\n\n| key | | value | built in |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return `${intro}\n\n${sections.join('\n')}`;
}

function rowsOf(path: string, schema: unknown, value: Json | undefined): string[] {
  const properties = propertiesOf(schema);
  if (properties.length === 0 || namesOf(schema) !== undefined) return [row(path, schema, value)];
  const inner = isJsonObject(value) ? value : {};
  const rows = properties.flatMap(([key, child]) => rowsOf(`${path}.${key}`, child, inner[key]));
  // A section's own text stands before its keys; those of a whole chapter stand above the table.
  return path.includes('.') && textOf(schema) !== ''
    ? [`| **\`${path}\`** | ${textOf(schema)} | | |`, ...rows]
    : rows;
}

function row(path: string, schema: unknown, value: Json | undefined): string {
  return `| \`${path}\` | ${textOf(schema)} | ${boundsOf(schema)} | ${shown(value)} |`;
}

function boundsOf(schema: unknown): string {
  if (!isRecord(schema)) return '';
  const { minimum, maximum, minItems, maxItems, items, patternProperties, additionalProperties, endpoint } =
    schema;
  const choices = [schema.enum, schema.anyOf].find(Array.isArray);
  if (choices !== undefined) return choices.map(choiceOf).join(', ');
  if (isRecord(endpoint)) return `URL: ${listed(endpoint.protocols)}`;
  switch (schema.type) {
    case 'integer':
    case 'number':
      return `${schema.type}${span(minimum, maximum)}`;
    case 'array':
      return `list${span(minItems, maxItems)} of ${boundsOf(items)}`;
    case 'null':
      return '`null`';
    case 'object': {
      const names = namesOf(schema);
      if (names !== undefined) {
        const [[, each] = []] = propertiesOf(schema);
        return `by name (${names.join(', ')}): any of ${propertiesOf(each)
          .map(([key]) => `\`${key}\``)
          .join(', ')}`;
      }
      const own = propertiesOf(schema).map(([key]) => `\`${key}\``);
      if (own.length > 0) return own.join(' with ');
      const each = isRecord(patternProperties) ? Object.values(patternProperties)[0] : additionalProperties;
      const keys = propertiesOf(each).map(([key]) => `\`${key}\``);
      return keys.length > 0 ? `by name: any of ${keys.join(', ')}` : `by name: ${boundsOf(each)}`;
    }
    case 'string':
      return 'text';
    case 'boolean':
      return '`true` or `false`';
    default:
      return schema.const === undefined ? '' : choiceOf(schema);
  }
}

function choiceOf(choice: unknown): string {
  if (!isRecord(choice)) return `\`${JSON.stringify(choice)}\``;
  return choice.const === undefined ? boundsOf(choice) : `\`${JSON.stringify(choice.const)}\``;
}

function span(from: unknown, to: unknown): string {
  if (to === undefined) return from === undefined ? '' : ` from ${grouped(from)}`;
  return from === undefined ? ` up to ${grouped(to)}` : ` ${grouped(from)}–${grouped(to)}`;
}

function grouped(value: unknown): string {
  return typeof value === 'number'
    ? value.toLocaleString('en-US', { maximumFractionDigits: 6 })
    : String(value);
}

function listed(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => `\`${String(value)}\``).join(', ') : '';
}

function shown(value: Json | undefined): string {
  if (value === undefined || value === '' || (isArray(value) && value.length === 0)) return '';
  return `\`${JSON.stringify(value)}\``;
}

function textOf(schema: unknown): string {
  return isRecord(schema) && typeof schema.description === 'string'
    ? schema.description.replaceAll('|', '\\|')
    : '';
}

/** The names of a closed set, each of which may have the same keys. */
function namesOf(schema: unknown): string[] | undefined {
  if (!isRecord(schema) || typeof schema.names !== 'string') return undefined;
  return propertiesOf(schema).map(([name]) => `\`${name}\``);
}

function propertiesOf(schema: unknown): [string, unknown][] {
  return isRecord(schema) && isRecord(schema.properties) ? Object.entries(schema.properties) : [];
}
