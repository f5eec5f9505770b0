import { after } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import Type from 'typebox';
import { fetch } from 'undici';
import type { Json, JsonObject } from '../../src/config/canonical.ts';
import type { ConfigKind } from '../../src/config/check/check.ts';
import { merged } from '../../src/config/overlay.ts';
import type { Rollout } from '../../src/control/contract/resources/releases/rollout.ts';
import { type Control, createControl } from '../../src/control/control.ts';
import { policyOf, type RolloutSettings, settingsOf } from '../../src/control/leader/rollout-settings.ts';
import { newToken, putOperator, type Role } from '../../src/control/operators.ts';
import type { ManagedService } from '../../src/control/services/managed-service.ts';
import { type ControlSettings, defaultControlSettings } from '../../src/control/settings.ts';
import { type Database, openDatabase } from '../../src/platform/database/database.ts';
import type { RolloutPolicy } from '../../src/rollout/machine/state.ts';
import { newKeyPair, signerEd25519 } from '../../src/rollout/signed/signature.ts';
import type { TrustedKey } from '../../src/rollout/signed/signed.ts';
import { until } from '../until.ts';
import { TestAgent } from './agent.ts';
import { checkAnswer } from './answers.ts';
import { controlDatabase } from './store.ts';

/**
 * How changes of the shop travel, where control's own settings do not hold; in the words of
 * `RolloutSettings`.
 */
type Rules = { [Key in keyof RolloutSettings]?: Partial<RolloutSettings[Key]> };

const shop: ConfigKind = {
  id: 'shop/1',
  service: 'shop',
  schema: Type.Object(
    {
      limit: Type.Integer({ minimum: 1, description: 'How many.' }),
      greeting: Type.String(),
      password: Type.String({ secret: true }),
      open: Type.Optional(Type.Boolean()),
      rollouts: Type.Optional(Type.Unsafe<Rules>(Type.Record(Type.String(), Type.Unknown()))),
    },
    { additionalProperties: false },
  ),
  environments: ['testing', 'production'],
  switches: [['open']],
  checks: [
    (document) =>
      Reflect.get(Object(document), 'limit') === 13
        ? [{ path: ['limit'], reason: 'is unlucky', advice: 'take another' }]
        : [],
  ],
};
export const managed: ManagedService = {
  kind: shop,
  builtIn: () => ({ limit: 5, greeting: 'jambo', password: 'old-secret' }),
  policy: ({ rollouts = {} }, usual) => policyOf(withRules(settingsOf(usual), rollouts), usual),
  rules: 'rollouts',
  insisted: ({ people }) => people,
};

function withRules(usual: RolloutSettings, rules: Json): RolloutSettings {
  const whole: Json = JSON.parse(JSON.stringify(usual));
  return merged(whole, rules) as unknown as RolloutSettings;
}

const quick = { excessBadRate: 0.2, missChance: 0.2, minMs: 200, deadlineMs: 15_000 };
const { policy } = defaultControlSettings;

/** The real policy, in a hurry. */
export const quickPolicy: RolloutPolicy = {
  ...policy,
  waves: {
    ...policy.waves,
    leaseMs: 10_000,
    first: quick,
    middle: quick,
    bake: quick,
    rest: quick,
    maxFailed: { firstWave: 100_000, laterWaves: 100_000 },
  },
  people: 0,
  repeatMs: 300,
  windowMs: 200,
};

export interface Person {
  name: string;
  token: string;
}

export interface Answer {
  status: number;
  // Whatever the API said: each test reads the part it is about.
  body: JsonObject;
}

/** Control processes, agents and operators on one database; all of it ends with the test file. */
export async function controlWorld(
  change: Partial<RolloutPolicy> = {},
  settings: Partial<ControlSettings> = {},
  /** The rules that are built in, which nobody has checked. */
  rules?: Rules,
) {
  const service: ManagedService =
    rules === undefined
      ? managed
      : {
          ...managed,
          builtIn: () => ({ ...managed.builtIn(), rollouts: JSON.parse(JSON.stringify(rules)) }),
        };
  const running = new Set<{ control: Control; url: string; databases: Database[] }>();
  const agents: TestAgent[] = [];
  // Before the hook that drops the database.
  after(async () => {
    await Promise.all(agents.map((agent) => agent.stop()));
    for (const { control, databases } of running) {
      await control.close();
      await Promise.all(databases.map((each) => each.end()));
    }
  });
  const { database, url } = await controlDatabase();
  const trusted: TrustedKey[] = [];
  const controlKey = newKeyPair();
  trusted.push({ id: 'control-key', publicKey: controlKey.publicKey, role: 'control', owner: 'control' });
  const world: ControlSettings = {
    ...defaultControlSettings,
    termMs: 800,
    gatherMs: 1_500,
    lostMs: 3_000,
    policy: { ...quickPolicy, ...change },
    ...settings,
  };
  const agentToken = newToken();

  const person = async (name: string, role: Role): Promise<Person> => {
    const token = newToken();
    await putOperator(database, { name, role, token });
    return { name, token };
  };
  const people = {
    wanjiru: await person('wanjiru', 'editor'),
    amina: await person('amina', 'approver'),
    baraka: await person('baraka', 'approver'),
    viewer: await person('juma', 'viewer'),
  };

  /** `wrap`: a leader's database that does not behave; `through`: another way to the same one. */
  const startControl = async (
    name: string,
    {
      wrap = (given) => given,
      through = url,
    }: { wrap?: (database: Database) => Database; through?: string } = {},
  ) => {
    const databases = ['api', 'lead'].map((part) =>
      openDatabase({ url: through, name: `${name} ${part}`, maxConnections: 6, statementTimeoutMs: 1_000 }),
    );
    const [api, leader] = databases;
    if (api === undefined || leader === undefined) throw new Error('two were opened');
    const registry = new Registry();
    const control = createControl({
      name,
      database: api,
      leaderDatabase: wrap(leader),
      signer: signerEd25519('control-key', controlKey.privateKey),
      keys: () => trusted,
      agentToken,
      services: [service],
      settings: () => world,
      clock: { now: () => Date.now() },
      log: pino({ level: process.env.IMARA_LOG_LEVEL ?? 'silent' }),
      registry,
    });
    const port = await control.start({ host: '127.0.0.1', port: 0 });
    const entry = { control, url: `http://127.0.0.1:${port}`, databases };
    running.add(entry);
    return {
      ...entry,
      registry,
      /** As far as the others can tell, it was killed: it says nothing more, to anybody. */
      async kill() {
        running.delete(entry);
        // No query of it is answered any more, so it cannot give the lead back.
        await Promise.all(databases.map((each) => each.end()));
        await control.close();
      },
      async stop() {
        running.delete(entry);
        await control.close();
        await Promise.all(databases.map((each) => each.end()));
      },
    };
  };

  const startAgent = (instance: string, environment: 'testing' | 'production', cell = 'a'): TestAgent => {
    const pair = newKeyPair();
    const id = `key-of-${instance}`;
    trusted.push({ id, publicKey: pair.publicKey, role: 'instance', owner: instance, environment });
    const agent = new TestAgent({
      kind: shop,
      environment,
      instance,
      keys: () => trusted,
      demands: environment === 'testing' ? {} : { people: world.policy.people },
      defaults: service.builtIn(),
      token: agentToken,
      cell,
      urls: () => [...running].map((each) => each.url),
      ...(environment === 'testing' ? { signer: signerEd25519(id, pair.privateKey) } : {}),
    });
    agents.push(agent);
    return agent;
  };

  const call = async (
    method: string,
    path: string,
    { by = people.wanjiru, body, key, at }: { by?: Person; body?: object; key?: string; at?: string } = {},
  ): Promise<Answer> => {
    const [first] = running;
    const response = await fetch(`${at ?? first?.url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${by.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const answer = { status: response.status, body: JSON.parse(await response.text()) };
    checkAnswer(method, path, answer.status, answer.body);
    return answer;
  };

  const rollout = async (id: string): Promise<Rollout & { members: { instance: string; has: string }[] }> => {
    const { body } = await call('GET', `/rollouts/${id}`);
    return JSON.parse(JSON.stringify(body));
  };

  return {
    database,
    databaseUrl: url,
    people,
    agents,
    trusted,
    agentToken,
    startControl,
    call,
    rollout,
    /** A fleet of one testing and so many production instances; the leader has reports of all. */
    async startFleet(production: number) {
      await until('somebody leads', () => [...running].some(({ control }) => control.leads()));
      const testing = startAgent('test-1', 'testing');
      const fleet = Array.from({ length: production }, (_, index) =>
        startAgent(`api-${index + 1}`, 'production', `cell-${index % 2}`),
      );
      await until('all report', async () => {
        const { body } = await call('GET', '/fleet');
        return Array.isArray(body.instances) && body.instances.length === production + 1;
      });
      return { testing, fleet };
    },
    startAgent,
    push: (change: JsonObject, reason = 'a better limit') =>
      call('POST', '/releases', { body: { change, reason } }),
    /** Waits until the rollout is in one of these phases. */
    reaches: (id: string, ...phases: string[]) =>
      until(
        `${id} is ${phases.join(' or ')}`,
        async () => {
          const view = await rollout(id);
          if (phases.includes(view.phase)) return view;
          if (['proved', 'rolled_back', 'aborted'].includes(view.phase))
            throw new Error(`${id} ended as ${view.phase}: ${view.because} ${JSON.stringify(view.verdict)}`);
          return undefined;
        },
        { deadlineMs: 20_000 },
      ),
  };
}

export type ControlWorld = Awaited<ReturnType<typeof controlWorld>>;
