import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';
import { isRecord, type Json, type JsonObject } from '../canonical.ts';
import { type Path, pointerKeys } from '../path.ts';
import { choicesText, strangeCharacter } from './nearest.ts';
import type { Finding } from './problem.ts';
import { type Candidates, childCandidates, childOf, isArray, valueAt } from './schema-walk.ts';

/** People mend all faults of a file at once; the library would stop at 8. */
const MOST_ERRORS = 100;

/**
 * Where a view of the document is not as the schema says. `isDeleted`: whether the change itself removes that
 * value.
 */
export function schemaFindings(
  schema: TSchema,
  view: JsonObject,
  isDeleted: (path: Path) => boolean = () => false,
): Finding[] {
  const errors = errorsOf(schema, view);
  const unions = new Set(
    errors.flatMap(({ keyword, instancePath }) => (keyword === 'anyOf' ? [instancePath] : [])),
  );
  return errors.flatMap((error): Finding[] => {
    const path = pathOf(view, error.instancePath);
    const { value, candidates } = valueAt(view, schema, path);
    switch (error.keyword) {
      // The same fault is reported once more as `boolean`, under the key's own path.
      case 'additionalProperties':
        return [];
      case 'boolean':
        return [unknownKey(path, valueAt(view, schema, path.slice(0, -1)).candidates)];
      case 'required':
        return error.params.requiredProperties.map((key) =>
          missing([...path, key], childCandidates(candidates, key)),
        );
      case 'anyOf':
        return [noneOf(path, value, candidates)];
      default:
        // What each branch of a union says is in the union's own finding.
        if (unions.has(error.instancePath)) return [];
        if (error.keyword === 'enum' || error.keyword === 'const') return [noneOf(path, value, candidates)];
        return [{ path, reason: error.message, advice: adviceFor(value, candidates) }];
    }
  });

  function missing(path: Path, candidates: Candidates): Finding {
    const advice = describe(candidates);
    return isDeleted(path)
      ? { path, reason: 'is deleted by this change (null), and cannot be missing', advice }
      : { path, reason: 'is missing', advice };
  }
}

/** A key that the schema does not declare, beside those that it does. */
export function unknownKey(path: Path, parents: Candidates): Finding {
  const key = String(path.at(-1));
  const known = parents.flatMap(({ properties }) => (isRecord(properties) ? Object.keys(properties) : []));
  const noun = parents.map(({ names }) => names).find((names) => typeof names === 'string');
  const strange = strangeCharacter(key);
  return {
    path,
    reason: strange === undefined ? 'is not a key here' : `is not a key here: it holds ${strange}`,
    advice: choicesText(typeof noun === 'string' ? noun : 'known keys', known, key),
  };
}

function noneOf(path: Path, value: Json | undefined, candidates: Candidates): Finding {
  const branches = candidates.filter((schema) => !Array.isArray(schema.anyOf));
  const choices = branches.flatMap(choiceTexts);
  const strange = typeof value === 'string' ? strangeCharacter(value) : undefined;
  const wanted = [...new Set(choices)].join(', ');
  return {
    path,
    reason: `${strange === undefined ? '' : `holds ${strange}; it `}must be one of ${wanted}`,
    advice: meantBy(value, branches) ?? describe(candidates),
  };
}

/** The only values that it takes, where it lists them. */
function valuesOf(schema: Record<string, unknown>): readonly unknown[] {
  if (schema.const !== undefined) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : [];
}

function choiceTexts(schema: Record<string, unknown>): string[] {
  const values = valuesOf(schema);
  if (values.length > 0) return values.map((value) => JSON.stringify(value));
  const { minimum, maximum } = schema;
  const bounds =
    typeof minimum === 'number' && typeof maximum === 'number' ? ` from ${minimum} to ${maximum}` : '';
  return [`${String(schema.type)}${bounds}`];
}

function meantBy(value: Json | undefined, branches: Candidates): string | undefined {
  const names = branches.flatMap(valuesOf).filter((name) => typeof name === 'string');
  return names.length === 0 ? undefined : choicesText('values', names, value);
}

function adviceFor(value: Json | undefined, candidates: Candidates): string {
  const wants = (type: string) => candidates.some((schema) => schema.type === type);
  if (typeof value !== 'string') return describe(candidates);
  if (wants('boolean')) return 'write true or false, without quotes; yes, no, on and off are text';
  const isNumber = value.trim() !== '' && Number.isFinite(Number(value));
  if ((wants('integer') || wants('number')) && isNumber) return 'write the number without quotes';
  return describe(candidates);
}

function describe(candidates: Candidates): string {
  const description = candidates.map((schema) => schema.description).find((text) => typeof text === 'string');
  return typeof description === 'string' ? description : 'see the configuration reference';
}

/** Everything, where the library would stop at a few. */
export function errorsOf(schema: TSchema, view: JsonObject) {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: MOST_ERRORS });
  try {
    return Value.Errors(schema, view);
  } finally {
    Settings.Set({ maxErrors });
  }
}

/** A pointer's keys are all text; those that step into an array are its indexes. */
function pathOf(view: JsonObject, pointer: string): Path {
  let value: Json | undefined = view;
  return pointerKeys(pointer).map((key) => {
    const step = isArray(value) ? Number(key) : key;
    value = childOf(value, step);
    return step;
  });
}
