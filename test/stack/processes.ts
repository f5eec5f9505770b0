import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seedApp } from '../../src/auth/server/apps.ts';
import { seedOrganisation } from '../../src/mpesa/parties/organisations.ts';
import { sandboxOrganisation } from '../../src/mpesa/parties/sandbox.ts';
import { schema } from '../../src/process/document/schema.ts';
import { testDatabase } from '../database.ts';
import { until } from '../until.ts';
import type { Shop } from './stack.ts';

/** The real processes without a supervisor: what a test stops stays stopped. */
export interface Processes {
  api: string;
  credentials: Shop['credentials'];
  auth: ChildProcess[];
  /** The environment of all of them. */
  environment: Record<string, string | undefined>;
  close(): Promise<void>;
}

const START_MS = 60_000;
const passkey = 'bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919';

/** Two authentication servers, an API and a worker on a database of their own. */
export async function startProcesses(environment: Record<string, string> = {}): Promise<Processes> {
  const { database, url } = await testDatabase(schema);
  const home = await mkdtemp(join(tmpdir(), 'imara-processes-'));
  const credentials = {
    consumerKey: 'test-key',
    consumerSecret: 'test-secret',
    shortCode: '174379',
    passkey,
  };
  await seedApp(database, { name: 'test', ...credentials });
  await seedOrganisation(database, { ...sandboxOrganisation, shortCode: credentials.shortCode, passkey });
  const ports = await freePorts(3);
  const [apiPort, ...authPorts] = ports;
  const shared = {
    ...process.env,
    DATABASE_URL: url,
    IMARA_HOME: home,
    IMARA_HOST: '127.0.0.1',
    IMARA_PROFILE: 'local',
    IMARA_KEY_SECRET: randomBytes(16).toString('hex'),
    IMARA_TOKEN_SECRET: randomBytes(16).toString('hex'),
    IMARA_AUTH_SERVERS: authPorts.map((port) => `http://127.0.0.1:${port}`).join(','),
    IMARA_LOG_LEVEL: 'error',
    ...environment,
  };
  const start = (service: string, port?: number) =>
    fork(join('src', 'process', 'main', `${service}.ts`), {
      env: { ...shared, IMARA_NAME: service, ...(port === undefined ? {} : { IMARA_PORT: String(port) }) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  const auth = authPorts.map((port) => start('auth', port));
  const others = [start('api', apiPort), start('worker')];
  await Promise.all([...auth, ...others].map(isReady));
  return {
    api: `http://127.0.0.1:${apiPort}`,
    credentials,
    auth,
    environment: shared,
    close: async () => {
      for (const child of [...auth, ...others]) child.kill('SIGKILL');
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function isReady(child: ChildProcess): Promise<void> {
  let ready = false;
  child.on('message', (message: { type?: string }) => {
    ready ||= message.type === 'ready';
  });
  await until(
    `process ${child.pid} is ready`,
    () => {
      if (child.exitCode !== null)
        throw new Error(`a process ended with status ${child.exitCode} while it started`);
      return ready;
    },
    { deadlineMs: START_MS },
  );
}

/** Ports that are free now, all held at once so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a listening server has a port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
