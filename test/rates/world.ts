import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { JsonObject } from '../../src/config/canonical.ts';
import type { Rollout } from '../../src/control/contract/resources/releases/rollout.ts';
import { newToken, putOperator } from '../../src/control/operators.ts';
import type { Database } from '../../src/platform/database/database.ts';
import type { RolloutPolicy } from '../../src/rollout/machine/state.ts';
import { newKeyPair } from '../../src/rollout/signed/signature.ts';
import type { TrustedKey } from '../../src/rollout/signed/signed.ts';
import { closedPort, relayTo } from '../auth/broken-servers.ts';
import { checkAnswer } from '../control/answers.ts';
import { type Cable, cableTo } from '../control/cable.ts';
import { controlDatabase } from '../control/store.ts';
import { until } from '../until.ts';
import type { ControlProcessOptions } from './control.ts';
import { type Load, startLoad } from './load.ts';
import type { Said, ServiceOptions } from './service.ts';

/** A process that is started again when it ends, as a supervisor would. */
export interface Kept {
  readonly name: string;
  readonly port: number;
  /** Ends it with `kill -9`, and leaves it so. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** How often it ended by itself. */
  readonly ended: number;
}

export interface RatesWorld {
  readonly database: Database;
  /** Control's way to PostgreSQL. */
  readonly cable: Cable;
  readonly control: Kept;
  readonly production: readonly Kept[];
  readonly load: Load;
  /** The home that `imara` is given to find the instances' own sockets. */
  readonly home: string;
  ask(method: string, path: string, body?: object, by?: Person): Promise<{ status: number; body: Answer }>;
  /** Pushes a change; returns its rollout, which has only begun. */
  push(change: JsonObject): Promise<Rollout>;
  reaches(id: string, ...phases: string[]): Promise<Rollout>;
  /** What each production instance answers; `undefined`: nothing. */
  rates(): Promise<(number | undefined)[]>;
}

/** Wanjiru is the author of everything; both may approve. */
export type Person = 'wanjiru' | 'amina';

export interface Answer {
  rollout?: Rollout;
  rollouts?: Rollout[];
  instances?: { instance: string; running: string | null }[];
  id?: string;
  error?: { code: string; message: string };
}

const START_MS = 60_000;
const ENDED_MS = 60_000;
const CALL_MS = 15_000;

/**
 * Control, one testing and so many production instances of the small service as real processes, on a real
 * PostgreSQL, under load.
 */
export async function ratesWorld(
  production: number,
  policy: Partial<RolloutPolicy> = {},
): Promise<RatesWorld> {
  const { database, url } = await controlDatabase();
  const cable = await cableTo(url);
  const names = ['test-1', ...Array.from({ length: production }, (_, index) => `api-${index + 1}`)];
  const control = { key: 'control-key', ...newKeyPair() };
  const keys = new Map(names.map((name) => [name, { key: `key-of-${name}`, ...newKeyPair() }]));
  const environmentOf = (name: string) => (name === 'test-1' ? 'testing' : 'production');
  const trustedKeys: TrustedKey[] = [
    { id: control.key, publicKey: control.publicKey, role: 'control', owner: 'control' },
    ...[...keys].map(([owner, { key, publicKey }]) => ({
      id: key,
      publicKey,
      role: 'instance' as const,
      owner,
      environment: environmentOf(owner),
    })),
  ];
  const agentToken = newToken();
  const tokens: Record<Person, string> = { wanjiru: newToken(), amina: newToken() };
  for (const name of ['wanjiru', 'amina'] as const)
    await putOperator(database, { name, role: 'approver', token: tokens[name] });
  const home = await mkdtemp(join(tmpdir(), 'imara-rates-'));
  const port = await closedPort();
  const controlUrl = `http://127.0.0.1:${port}`;

  const controlOptions: ControlProcessOptions = {
    databaseUrl: cable.url,
    port,
    signer: control,
    trustedKeys,
    agentToken,
    policy,
  };
  const controlProcess = await keep('control', port, './control.ts', controlOptions);
  const instances: Kept[] = [];
  for (const name of names) {
    const relay = await relayTo(controlUrl);
    const options: ServiceOptions = {
      instance: name,
      environment: environmentOf(name),
      port: await closedPort(),
      directory: join(home, 'agents', name),
      control: { url: `http://127.0.0.1:${relay.port}`, token: agentToken, trustedKeys },
      signer: keys.get(name) ?? control,
      people: policy.people ?? 0,
    };
    instances.push(
      await keep(name, options.port, './service.ts', options, (said) => {
        if (said === 'cut me off') relay.down(true);
      }),
    );
  }
  const targets = instances.slice(1);
  const load = startLoad(targets.map((one) => one.port));
  after(() => load.stop());

  async function ask(method: string, path: string, body?: object, by: Person = 'wanjiru') {
    const json = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const response = await fetch(`${controlUrl}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${tokens[by]}`, ...(body === undefined ? {} : json) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_MS),
    });
    const said = await response.json();
    checkAnswer(method, path, response.status, said);
    return { status: response.status, body: said as Answer };
  }

  await until(
    'control has heard of all',
    async () => (await ask('GET', '/fleet')).body.instances?.length === names.length,
    { deadlineMs: START_MS },
  );
  return {
    database,
    cable,
    control: controlProcess,
    production: targets,
    load,
    ask,
    home,
    async push(change) {
      const { status, body } = await ask('POST', '/releases', { change, reason: 'a test' });
      assert.ok(body.rollout, `${status} ${JSON.stringify(body.error)}`);
      return body.rollout;
    },
    reaches: (id, ...phases) =>
      until(
        `the rollout is ${phases.join(' or ')}`,
        async () => {
          // Control may be away: some tests have it so.
          const answer = await ask('GET', '/rollouts').catch(() => undefined);
          const found = answer?.body.rollouts?.find((one) => one.id === id);
          return found !== undefined && phases.includes(found.phase) && found;
        },
        { deadlineMs: ENDED_MS },
      ),
    rates: () =>
      Promise.all(
        targets.map((one) =>
          fetch(`http://127.0.0.1:${one.port}/`, { signal: AbortSignal.timeout(1_000) })
            .then(async (response) => Number(await response.text()))
            .catch(() => undefined),
        ),
      ),
  };
}

async function keep(
  name: string,
  port: number,
  program: string,
  options: object,
  hear: (said: Said) => void = () => {},
): Promise<Kept> {
  let child: ChildProcess;
  let wanted = true;
  let ended = 0;
  const start = async () => {
    wanted = true;
    // A leak is to end the process, not the machine.
    const memory = ['--max-old-space-size=128'];
    child = fork(new URL(program, import.meta.url), [JSON.stringify(options)], { execArgv: memory });
    child.on('exit', () => {
      if (!wanted) return;
      ended += 1;
      void start();
    });
    await new Promise<void>((resolve, reject) => {
      child.on('message', (said: Said) => {
        if (said === 'up') resolve();
        else hear(said);
      });
      child.once('exit', () => reject(new Error(`${name} ended before it was up`)));
    });
  };
  const kill = async () => {
    wanted = false;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  await start();
  after(kill);
  return {
    name,
    port,
    kill,
    start,
    get ended() {
      return ended;
    },
  };
}
