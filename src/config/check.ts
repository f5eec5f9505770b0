import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { isJsonObject, isRecord, type Json, type JsonObject } from './canonical.ts';
import { endpointsIn, parseEndpoint } from './endpoint.ts';
import { documentFor } from './overlay.ts';
import { type Path, pathText, pointerKeys } from './path.ts';
import { type Candidates, candidatesOf, childCandidates, isArray } from './schema-walk.ts';
import { maskedBy } from './secret.ts';

/** The configuration of one service: what Imara's own platform has, and what any other service registers. */
export interface ConfigKind<Schema extends TSchema = TSchema> {
  /** Name and version of the schema (`imara.platform/1`); part of every release's hash. */
  id: string;
  service: string;
  /** Of the document as an instance sees it, after its environment's overlay. */
  schema: Schema;
  environments: readonly string[];
  checks: readonly Check<Schema>[];
}

/** A rule that a schema cannot state, such as "the daily limit is at least the limit of one payment". */
export type Check<Schema extends TSchema> = (document: Static<Schema>, environment: string) => Finding[];

export interface Finding {
  path: Path;
  reason: string;
  /** What to do about it. */
  advice: string;
}

/** Why a document is refused, for people: names the key, its value and the cause. */
export interface Problem {
  /** Where the document has it; all of them when the value is common. */
  environments: string[];
  path: string;
  /** Masked where secret; left out where the key is absent. */
  value?: Json;
  reason: string;
  advice: string;
}

/**
 * Everything wrong with a document, in every environment's view of it. Semantic checks run only on a view that is valid
 * by its schema, so that they can rely on its types.
 */
export function check<Schema extends TSchema>(kind: ConfigKind<Schema>, document: JsonObject): Problem[] {
  const problems = new Map<string, Problem>();
  const add = (problem: Problem) => {
    const key = JSON.stringify([problem.path, problem.value, problem.reason]);
    const known = problems.get(key);
    if (known === undefined) problems.set(key, problem);
    else known.environments.push(...problem.environments);
  };
  for (const problem of strangeEnvironments(kind, document)) add(problem);
  for (const environment of kind.environments) {
    const view = documentFor(document, environment);
    for (const finding of findings(kind, view, environment)) {
      const { value, candidates } = valueAt(view, kind.schema, finding.path);
      add({
        environments: [environment],
        path: pathText(finding.path),
        ...(value === undefined ? {} : { value: maskedBy(value, candidates) }),
        reason: finding.reason,
        advice: finding.advice,
      });
    }
  }
  return [...problems.values()];
}

function findings<Schema extends TSchema>(
  kind: ConfigKind<Schema>,
  view: JsonObject,
  environment: string,
): Finding[] {
  const endpoints = endpointsIn(view, kind.schema).flatMap(({ path, rule, value }) => {
    const parsed = parseEndpoint(rule, value);
    return parsed.ok ? [] : [{ path, reason: parsed.reason, advice: parsed.advice }];
  });
  if (!Value.Check(kind.schema, view)) return [...schemaFindings(kind.schema, view), ...endpoints];
  return [...endpoints, ...kind.checks.flatMap((rule) => rule(view, environment))];
}

function schemaFindings(schema: TSchema, view: JsonObject): Finding[] {
  return Value.Errors(schema, view).flatMap((error): Finding[] => {
    const path = pathOf(view, error.instancePath);
    const { candidates } = valueAt(view, schema, path);
    switch (error.keyword) {
      // The same fault is reported once more as `boolean`, under the key's own path.
      case 'additionalProperties':
        return [];
      case 'boolean':
        return [{ path, reason: 'is not a key here', advice: knownKeys(view, schema, path) }];
      case 'required':
        return error.params.requiredProperties.map((key) => ({
          path: [...path, key],
          reason: 'is missing',
          advice: describe(childCandidates(candidates, key)),
        }));
      default:
        return [{ path, reason: error.message, advice: describe(candidates) }];
    }
  });
}

function strangeEnvironments(kind: ConfigKind, document: JsonObject): Problem[] {
  const { environments } = document;
  if (environments === undefined) return [];
  const advice = `environments are ${kind.environments.join(', ')}`;
  if (!isJsonObject(environments)) {
    return [{ environments: [...kind.environments], path: 'environments', reason: 'must be object', advice }];
  }
  return Object.entries(environments).flatMap(([name, overlay]) => {
    const path = pathText(['environments', name]);
    if (!kind.environments.includes(name)) {
      return [{ environments: [name], path, reason: 'is no environment', advice }];
    }
    if (isJsonObject(overlay)) return [];
    return [{ environments: [name], path, reason: 'must be object', advice: 'give it the keys that differ' }];
  });
}

function valueAt(
  view: JsonObject,
  schema: unknown,
  path: Path,
): { value: Json | undefined; candidates: Candidates } {
  let value: Json | undefined = view;
  let candidates = candidatesOf(schema);
  for (const key of path) {
    candidates = childCandidates(candidates, key);
    value = childOf(value, key);
  }
  return { value, candidates };
}

function childOf(value: Json | undefined, key: string | number): Json | undefined {
  if (typeof key === 'number') return isArray(value) ? value[key] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
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

function knownKeys(view: JsonObject, schema: TSchema, path: Path): string {
  const { candidates } = valueAt(view, schema, path.slice(0, -1));
  const keys = candidates.flatMap(({ properties }) => (isRecord(properties) ? Object.keys(properties) : []));
  return `known keys are ${keys.join(', ')}`;
}

function describe(candidates: Candidates): string {
  const description = candidates.map((schema) => schema.description).find((text) => typeof text === 'string');
  return typeof description === 'string' ? description : 'see the configuration reference';
}
