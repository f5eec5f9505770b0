import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { JsonObject } from '../../src/config/canonical.ts';
import type { Credentials } from '../../src/supervisor/home/credentials.ts';
import { homeOf } from '../../src/supervisor/home/home.ts';
import { askStatus, readState } from '../../src/supervisor/local-api.ts';
import { until } from '../until.ts';
import { IMARA } from './imara.ts';

/** What a client that takes payments needs, and where it sends them. */
export interface Shop {
  api: string;
  credentials: Pick<Credentials, 'consumerKey' | 'consumerSecret' | 'shortCode' | 'passkey'>;
}

/** What `imara status --json` prints (docs/reference/cli.md). */
export interface Status {
  state: string;
  api: string;
  control: string;
  credentials: Credentials;
  instances: {
    name: string;
    service: string;
    environment: string;
    pid: number;
    admin: string;
    state: string;
    release: string | null;
    restarts: number;
  }[];
  postgres: { pid: number };
}

/** Everything, as a user starts it: `imara up` in a home and on ports of its own. */
export interface Stack {
  home: string;
  status(): Promise<Status>;
  /** Runs `imara …` against it; rejects when it exits with another status than 0. */
  imara(...args: string[]): Promise<string>;
  /** `kill -9` of the supervisor alone. */
  killSupervisor(): Promise<void>;
  /** Starts it again in the same home, and waits until it is ready. */
  up(): Promise<Status>;
  /** Ends it as Ctrl-C does, and removes the home. */
  close(): Promise<void>;
}

const START_MS = 60_000;
const STATUS_MS = 5_000;

/** Ports 20000–31990, below the ephemeral ones of Linux (32768); test files run side by side. */
const portBase = () => 20_000 + Math.floor(Math.random() * 1_199) * 10;

/** Control and the watch are no instances of the fleet: no release reaches them. */
export const takesReleases = ({ service }: { service: string }) => !['control', 'watch'].includes(service);

/** A rollout that asks for little evidence and no patience; its payments are answered at once. */
export const quickRollouts = {
  handset: { answerAfterMs: 100 },
  rollouts: {
    firstWave: { minMs: 500, excessBadRate: 0.3 },
    laterWaves: { minMs: 500, excessBadRate: 0.3 },
    bake: { minMs: 1_000, excessBadRate: 0.3 },
  },
};

/**
 * `config`: what differs from the built-in configuration. `main`: what is run, else what `npm start` runs.
 */
export async function startStack(
  environment: Record<string, string> = {},
  config: JsonObject = {},
  main: string = IMARA,
): Promise<Stack> {
  const home = await mkdtemp(join(tmpdir(), 'imara-stack-'));
  const configFile = join(home, 'imara.json');
  await writeFile(configFile, JSON.stringify(config));
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    // The suite's own PostgreSQL is not the stack's: it starts one of its own, as a user's does.
    DATABASE_URL: undefined,
    IMARA_HOME: home,
    IMARA_PORT_BASE: String(portBase()),
    ...(Object.keys(config).length > 0 ? { IMARA_CONFIG: configFile } : {}),
    ...environment,
  };
  let supervisor: ChildProcess;
  let output = '';

  const imara = async (...args: string[]) => {
    const command = [main, ...args];
    return (await promisify(execFile)(process.execPath, command, { env, timeout: 60_000 })).stdout;
  };
  // The question that `imara status` asks, without a process of its own each time.
  const status = async () => {
    const state = await readState(homeOf({ IMARA_HOME: home }));
    const now = state && (await askStatus(state, STATUS_MS));
    if (now === undefined) throw new Error('the supervisor does not answer');
    return now as Status;
  };
  const up = async () => {
    supervisor = spawn(process.execPath, [main, 'up'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [supervisor.stdout, supervisor.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-8_000);
      });
    }
    return until(
      'the stack is ready',
      async () => {
        if (supervisor.exitCode !== null) throw new Error(`imara up ended:\n${output}`);
        const now = await status().catch(() => undefined);
        return now?.state === 'ready' && now;
      },
      { deadlineMs: START_MS, everyMs: 200 },
    );
  };
  const ended = () =>
    until('the supervisor ended', () => supervisor.exitCode !== null || supervisor.signalCode !== null, {
      deadlineMs: 30_000,
    });

  const end = async () => {
    supervisor.kill('SIGINT');
    await ended();
    await rm(home, { recursive: true, force: true });
  };
  // Killed, it would leave its PostgreSQL and its instances behind.
  await up().catch(async (error) => {
    await end();
    throw error;
  });
  return {
    home,
    status,
    imara,
    up,
    killSupervisor: async () => {
      supervisor.kill('SIGKILL');
      await ended();
    },
    close: end,
  };
}
