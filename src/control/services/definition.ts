import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { isJsonObject, type Json, type JsonObject } from '../../config/canonical.ts';
import { type ConfigKind, check } from '../../config/check.ts';
import { merged } from '../../config/overlay.ts';
import type { RolloutPolicy } from '../../rollout/rollout-state.ts';
import type { ManagedService } from '../push.ts';
import { policyOf, type RolloutSettings, settingsOf } from '../rollout-settings.ts';

const Count = Type.Integer({ minimum: 0, maximum: 1_000_000 });
const Ms = Type.Integer({ minimum: 1, maximum: 604_800_000 });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const evidence = { minMs: Ms, deadlineMs: Ms, excessBadRate: Share };
const part = <Properties extends Record<string, TSchema>>(properties: Properties) =>
  Type.Partial(Type.Object(properties, { additionalProperties: false }), { additionalProperties: false });

/** How its changes travel, where that is not as control's own settings have it; the words of Imara's own `rollouts`. */
const Rollouts = part({
  approvals: Type.Integer({ minimum: 0, maximum: 10 }),
  confirmEachWave: Type.Boolean(),
  falseAlarm: Share,
  leaseMs: Ms,
  heldBackShare: Share,
  firstWave: part({ ...evidence, instances: Type.Integer({ minimum: 1, maximum: 1_000 }), maxFailed: Count }),
  laterWaves: part({ ...evidence, maxFailed: Count }),
  bake: part(evidence),
  testMs: Ms,
  takeMs: Ms,
  patienceMs: Ms,
});

/** The file of `imara service add`. */
export const ServiceDefinition = Type.Object(
  {
    service: Type.String({ pattern: '^[a-z][a-z0-9-]{0,40}$' }),
    /** Name and version of the schema: `quotes/1`. An instance takes releases of the schemas that it knows. */
    id: Type.String({ pattern: '^[a-z][a-z0-9-]{0,40}/[0-9]{1,6}$' }),
    /** JSON Schema, as TypeBox writes it. */
    schema: Type.Record(Type.String(), Type.Unknown()),
    /** `testing` first tries, `production` is reached in waves. */
    environments: Type.Array(Type.String({ pattern: '^[a-z][a-z0-9-]{0,40}$' }), {
      minItems: 1,
      maxItems: 10,
    }),
    /** What the instances serve with before the first release: their `defaults`. */
    builtIn: Type.Record(Type.String(), Type.Unknown()),
    rollouts: Type.Optional(Rollouts),
  },
  { additionalProperties: false },
);
export type ServiceDefinition = Static<typeof ServiceDefinition>;

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

/** What came as JSON holds JSON. */
function objectOf(value: object): JsonObject {
  const json: Json = JSON.parse(JSON.stringify(value));
  return isJsonObject(json) ? json : {};
}

function settingsWith(usual: RolloutSettings, change: JsonObject): RolloutSettings {
  // `Rollouts` lets through what `RolloutSettings` has, and nothing else.
  return merged(objectOf(usual), change) as unknown as RolloutSettings;
}
