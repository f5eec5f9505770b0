import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { isJsonObject, type JsonObject } from '../canonical.ts';
import { endpointsIn, parseEndpoint } from '../endpoint.ts';
import { documentFor, withOverlays } from '../overlay.ts';
import { type Path, pathText } from '../path.ts';
import { maskedBy, sightAt } from '../secret.ts';
import type { Switches } from '../switches.ts';
import { choicesText, strangeCharacter } from './nearest.ts';
import { unplain } from './plain.ts';
import type { Finding, Problem } from './problem.ts';
import { schemaFindings, unknownKey } from './schema-findings.ts';
import { childOf, valueAt } from './schema-walk.ts';

/** The configuration of one service: what Imara's own platform has, and what any other service registers. */
export interface ConfigKind<Schema extends TSchema = TSchema> {
  /** Name and version of the schema (`imara.platform/1`); part of every release's hash. */
  id: string;
  service: string;
  /** Of the document as an instance sees it, after its environment's overlay. */
  schema: Schema;
  environments: readonly string[];
  checks: readonly Check<Schema>[];
  /** Keys whose `false` only takes away what is offered: a change of nothing else takes effect in seconds. */
  switches?: Switches;
}

/** A rule that a schema cannot state, such as "the daily limit is at least the limit of one payment". */
export type Check<Schema extends TSchema> = (document: Static<Schema>, environment: string) => Finding[];

/**
 * Everything wrong with a document, in every environment's view of it. Semantic checks run only on a view
 * that is valid by its schema, so that they can rely on its types. `change`: what made the document of
 * another one, if anything did.
 */
export function check<Schema extends TSchema>(
  kind: ConfigKind<Schema>,
  document: JsonObject,
  change: JsonObject = {},
): Problem[] {
  const inDocument = unplain(document);
  const unkept = inDocument.length > 0 ? inDocument : unplain(change);
  // What cannot be walked, compared and hashed is not looked at any further.
  if (unkept.length > 0) return unkept.map((finding) => inAll(kind, finding));
  const problems = new Map<string, Problem>();
  const add = (problem: Problem) => {
    const key = JSON.stringify([problem.path, problem.value, problem.reason]);
    const known = problems.get(key);
    if (known === undefined) problems.set(key, problem);
    else known.environments.push(...problem.environments);
  };
  for (const finding of strangeEnvironments(kind, document)) add(finding);
  for (const finding of deletionsOfNothing(kind, change)) add(inAll(kind, finding));
  for (const environment of kind.environments) {
    const view = documentFor(document, environment);
    for (const finding of findings(kind, view, environment, change)) {
      const { value } = valueAt(view, kind.schema, finding.path);
      add({
        environments: [environment],
        path: pathText(finding.path),
        ...(value === undefined ? {} : { value: maskedBy(value, sightAt(kind.schema, finding.path)) }),
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
  change: JsonObject,
): Finding[] {
  const endpoints = endpointsIn(view, kind.schema).flatMap(({ path, rule, value }) => {
    const parsed = parseEndpoint(rule, value);
    return parsed.ok ? [] : [{ path, reason: parsed.reason, advice: parsed.advice }];
  });
  if (!Value.Check(kind.schema, view)) {
    const isDeleted = (path: Path) =>
      deletes(change, path) || deletes(change, ['environments', environment, ...path]);
    return [...schemaFindings(kind.schema, view, isDeleted), ...endpoints];
  }
  return [...endpoints, ...kind.checks.flatMap((rule) => rule(view, environment))];
}

/** Whether the change says `null` there, or for something around it. */
function deletes(change: JsonObject, path: Path): boolean {
  let at: ReturnType<typeof childOf> = change;
  for (const key of path) {
    at = childOf(at, key);
    if (at === null) return true;
  }
  return false;
}

/**
 * A `null` under a name that no document can have: a typing error, which would delete nothing silently.
 */
function deletionsOfNothing(kind: ConfigKind, change: JsonObject): Finding[] {
  const schema = withOverlays(kind.schema, kind.environments);
  const look = (at: JsonObject, path: Path): Finding[] =>
    Object.entries(at).flatMap(([key, value]): Finding[] => {
      const here = [...path, key];
      if (isJsonObject(value)) return look(value, here);
      if (value !== null || valueAt(change, schema, here).candidates.length > 0) return [];
      const { reason, advice } = unknownKey(here, valueAt(change, schema, path).candidates);
      return [{ path: here, reason: `${reason}, so null deletes nothing`, advice }];
    });
  return look(change, []);
}

function strangeEnvironments(kind: ConfigKind, document: JsonObject): Problem[] {
  const { environments } = document;
  if (environments === undefined) return [];
  if (!isJsonObject(environments)) {
    const advice = choicesText('environments', kind.environments, undefined);
    return [{ environments: [...kind.environments], path: 'environments', reason: 'must be object', advice }];
  }
  return Object.entries(environments).flatMap(([name, overlay]) => {
    const path = pathText(['environments', name]);
    if (!kind.environments.includes(name)) {
      const strange = strangeCharacter(name);
      const reason = strange === undefined ? 'is no environment' : `is no environment: it holds ${strange}`;
      return [
        { environments: [name], path, reason, advice: choicesText('environments', kind.environments, name) },
      ];
    }
    if (isJsonObject(overlay)) return [];
    return [{ environments: [name], path, reason: 'must be object', advice: 'give it the keys that differ' }];
  });
}

function inAll(kind: ConfigKind, { path, reason, advice }: Finding): Problem {
  return { environments: [...kind.environments], path: pathText(path), reason, advice };
}
