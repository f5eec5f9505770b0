import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { isJsonObject, type JsonObject, plainJson } from '../../config/canonical.ts';
import { type ConfigKind, check } from '../../config/check/check.ts';
import { choicesText } from '../../config/check/nearest.ts';
import { schemaFindings } from '../../config/check/schema-findings.ts';
import { merged } from '../../config/overlay.ts';
import { type Path, pathText } from '../../config/path.ts';
import type { RolloutPolicy } from '../../rollout/machine/state.ts';
import {
  rolloutBounds as bounds,
  policyOf,
  type RolloutSettings,
  settingsOf,
} from '../leader/rollout-settings.ts';
import { PRODUCTION } from '../leader/turn/events.ts';
import { problemsOfRules, problemText } from '../policy/change-rules.ts';
import type { ServiceGround } from '../policy/circumstances.ts';
import type { ManagedService } from './managed-service.ts';

const within = ([minimum, maximum]: readonly [number, number]) => ({ minimum, maximum });
const whole = (range: readonly [number, number]) => Type.Integer(within(range));
const share = (range: readonly [number, number]) => Type.Number(within(range));
const part = <Properties extends Record<string, TSchema>>(properties: Properties) =>
  Type.Partial(Type.Object(properties, { additionalProperties: false }), { additionalProperties: false });

const evidence = {
  minMs: whole(bounds.minMs),
  deadlineMs: whole(bounds.deadlineMs),
  excessBadRate: share(bounds.excessBadRate),
};
const maxFailed = whole(bounds.maxFailed);

/**
 * How its changes travel, where that is not as control's own settings have it; the words of Imara's own
 * `rollouts`.
 */
const Rollouts = part({
  approvals: whole(bounds.approvals),
  confirmEachWave: Type.Boolean(),
  falseAlarm: share(bounds.falseAlarm),
  leaseMs: whole(bounds.leaseMs),
  heldBackShare: share(bounds.heldBackShare),
  firstWave: part({ ...evidence, instances: whole(bounds.instances), maxFailed }),
  laterWaves: part({ ...evidence, maxFailed }),
  bake: part(evidence),
  testMs: whole(bounds.testMs),
  takeMs: whole(bounds.takeMs),
  patienceMs: whole(bounds.patienceMs),
});

/** The file of `imara service add`. */
export const ServiceDefinition = Type.Object(
  {
    service: Type.String({
      pattern: '^[a-z][a-z0-9-]{0,40}$',
      description: 'its name: small letters, digits and hyphens, such as quotes',
    }),
    /**
     * Name and version of the schema: `quotes/1`. An instance takes releases of the schemas that it knows.
     */
    id: Type.String({
      pattern: '^[a-z][a-z0-9-]{0,40}/[0-9]{1,6}$',
      description: 'name and version of its schema, such as quotes/1',
    }),
    /** JSON Schema, as TypeBox writes it. */
    schema: Type.Record(Type.String(), Type.Unknown(), {
      description: 'the JSON Schema of its configuration',
    }),
    /** `testing` first tries, `production` is reached in waves. */
    environments: Type.Array(Type.String({ pattern: '^[a-z][a-z0-9-]{0,40}$' }), {
      minItems: 1,
      maxItems: 10,
      description: 'testing and production, and more if there are',
    }),
    /** What the instances serve with before the first release: their `defaults`. */
    builtIn: Type.Record(Type.String(), Type.Unknown(), {
      description: 'what its instances serve with before the first release',
    }),
    /** Checked by `problemsOfDefinition`, which says more than a schema can. */
    rollouts: Type.Optional(Type.Unsafe<Static<typeof Rollouts>>(Type.Record(Type.String(), Type.Unknown()))),
  },
  { additionalProperties: false },
);
export type ServiceDefinition = Static<typeof ServiceDefinition>;

/** What was sent as a definition, or what is wrong with its form, for people. */
export function readDefinition(
  body: object,
): { ok: true; definition: ServiceDefinition } | { ok: false; problems: string[] } {
  if (Value.Check(ServiceDefinition, body)) return { ok: true, definition: body };
  const findings = schemaFindings(ServiceDefinition, objectOf(body));
  return {
    ok: false,
    problems: findings.map(({ path, reason, advice }) => `${pathText(path)} ${reason}: ${advice}`),
  };
}

export type Defined = { ok: true; service: ManagedService } | { ok: false; problems: string[] };

/** What control delivers by; or what is wrong with the definition. */
export function define(definition: ServiceDefinition): Defined {
  const { service, id, schema, environments, rollouts = {} } = definition;
  for (const needed of ['testing', 'production'])
    if (!environments.includes(needed))
      return {
        ok: false,
        problems: [`environments: ${needed} is missing: a change is tried in testing first`],
      };
  try {
    Compile(schema);
  } catch (error) {
    return { ok: false, problems: [`schema: ${error instanceof Error ? error.message : error}`] };
  }
  const strange = strangeTypes(schema, ['schema']);
  if (schema.type !== 'object')
    strange.unshift('schema.type is not "object": a configuration is keys and values');
  if (strange.length > 0) return { ok: false, problems: strange };
  const kind: ConfigKind = { id, service, schema, environments, checks: [] };
  const builtIn = objectOf(definition.builtIn);
  const problems = check(kind, builtIn).map(
    ({ path, reason, advice }) => `builtIn.${path} ${reason}: ${advice}`,
  );
  if (problems.length > 0) return { ok: false, problems };
  const policy = (_inForce: JsonObject, usual: RolloutPolicy): RolloutPolicy =>
    policyOf(settingsWith(settingsOf(usual), objectOf(rollouts)), usual);
  return { ok: true, service: { kind, builtIn: () => builtIn, policy } };
}

/**
 * What is wrong with how its changes are to travel: one of the settings, or that no change could travel so.
 * It is asked when a definition comes: one that is known stays known: there may have been more people and
 * instances then, and the next definition mends it.
 */
export function problemsOfRollouts(
  service: ManagedService,
  { rollouts = {} }: ServiceDefinition,
  usual: RolloutPolicy,
  ground: ServiceGround,
): string[] {
  const content = { rollouts: objectOf(rollouts) };
  const schema = Type.Object({ rollouts: Rollouts });
  const kind: ConfigKind = { ...service.kind, schema, environments: [PRODUCTION], checks: [] };
  const rules: ManagedService = { ...service, kind };
  const wrong = check(rules.kind, content);
  const problems = wrong.length > 0 ? wrong : problemsOfRules(rules, content, usual, ground);
  return problems.map(problemText);
}

const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];
/** What stands there is no schema. */
const VALUES = ['const', 'enum', 'default', 'examples'];

/** Where a schema names a type that there is not: whatever came would be taken for it. */
function strangeTypes(schema: object, path: Path): string[] {
  return Object.entries(schema).flatMap(([key, value]): string[] => {
    const here = [...path, key];
    if (key === 'type' && typeof value === 'string' && !TYPES.includes(value))
      return [`${pathText(here)} "${value}" is no type: ${choicesText('types', TYPES, value)}`];
    if (typeof value !== 'object' || value === null || VALUES.includes(key)) return [];
    return strangeTypes(value, here);
  });
}

/** What came as JSON holds JSON. */
function objectOf(value: object): JsonObject {
  const json = plainJson(value);
  return isJsonObject(json) ? json : {};
}

function settingsWith(usual: RolloutSettings, change: JsonObject): RolloutSettings {
  // `Rollouts` lets through what `RolloutSettings` has, and nothing else.
  return merged(objectOf(usual), change) as unknown as RolloutSettings;
}
