import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { type AuthServer, createAuthServer } from '../src/auth/server/server.ts';
import { isJsonObject, type JsonObject } from '../src/config/canonical.ts';
import { check } from '../src/config/check/check.ts';
import { documentFor, merged } from '../src/config/overlay.ts';
import { systemClock } from '../src/platform/clock.ts';
import { type Database, openDatabase } from '../src/platform/database/database.ts';
import { createLog } from '../src/platform/log.ts';
import { type PlatformDocument, platform, platformSchema } from '../src/process/document/platform.ts';
import { schema } from '../src/process/document/schema.ts';
import { loadRelease } from '../src/process/installation/release.ts';
import { readEnvironment } from '../src/process/main/environment.ts';
import type { Root } from '../src/process/main/run-process.ts';
import { seedSyntheticMerchant } from '../src/process/synthetic/merchant.ts';
import { createCounts } from '../src/serving/counts.ts';
import { createHealth } from '../src/serving/readiness/health.ts';
import { testDatabase } from './database.ts';

const KEY_SECRET = 'a key secret of the tests';
const TOKEN_SECRET = 'a-token-secret-of-the-tests';

/**
 * Real authentication servers on a database of their own; each publishes and signs with the keys of that
 * database.
 */
export async function authServers(count: number, database: Database, issuer: string) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server: AuthServer = createAuthServer({
        database,
        settings: () => ({
          issuer,
          tokenLifetimeSeconds: 3_600,
          newTokenKillsOld: false,
          keyRotationSeconds: 86_400,
          keyPublishAheadSeconds: 600,
        }),
        clock: systemClock,
        log: silentLog(),
        keySecret: KEY_SECRET,
        tokenSecrets: [TOKEN_SECRET],
      });
      after(() => server.close());
      return server.app.listen({ host: '127.0.0.1', port: 0 });
    }),
  );
  return servers;
}

function silentLog() {
  const log = createLog('test');
  log.level = process.env.IMARA_LOG_LEVEL ?? 'silent';
  return log;
}

/**
 * What the processes of one environment stand on: a database, a home, two authentication servers. Ends with
 * the test file.
 */
export async function rolesFixture() {
  const { database, url } = await testDatabase(schema);
  const home = await mkdtemp(join(tmpdir(), 'imara-roles-'));
  after(() => rm(home, { recursive: true, force: true }));
  await writeFile(join(home, 'token-secret'), TOKEN_SECRET);
  await writeFile(join(home, 'key-secret'), KEY_SECRET);
  await seedSyntheticMerchant(database, home);
  const addresses = await authServers(2, database, 'imara-production');
  const variables = {
    DATABASE_URL: url,
    IMARA_HOME: home,
    IMARA_NAME: 'role-1',
    IMARA_PROFILE: 'local',
    IMARA_ENVIRONMENT: 'production',
    IMARA_HOST: '127.0.0.1',
    IMARA_AUTH_SERVERS: addresses.join(','),
  };
  const env = readEnvironment(variables);
  const builtIn = loadRelease(env);

  /** The built-in document with a change that no check has seen, as a release of another version may be. */
  const unchecked = (change: JsonObject): JsonObject => {
    const content = merged(builtIn.content, change, platform.schema);
    if (!isJsonObject(content)) throw new Error('it is an object');
    return content;
  };
  /** The same with a change that passes every check. */
  const changed = (change: JsonObject): JsonObject => {
    const content = unchecked(change);
    const [problem] = check(platform, content, change);
    if (problem !== undefined) throw new Error(`${problem.path} ${problem.reason}`);
    return content;
  };

  return {
    database,
    addresses,
    variables,
    env,
    builtIn,
    changed,
    unchecked,
    /** What a process has whose document is the one of this moment. Its pools are closed by `end`. */
    root(document: () => PlatformDocument): Root & { end(): Promise<void> } {
      const pools: Database[] = [];
      return {
        env,
        log: silentLog(),
        registry: new Registry(),
        health: createHealth(),
        release: () => ({ version: null, document: document() }),
        builtIn,
        record() {},
        counts: createCounts(() => 'built-in'),
        ended() {},
        trying: () => false,
        takes() {},
        isBrief: () => false,
        changing: () => false,
        valueFailed() {},
        database(maxConnections) {
          const pool = openDatabase({ url, name: 'role', maxConnections });
          pools.push(pool);
          return pool;
        },
        async end() {
          await Promise.all(pools.map((pool) => pool.end()));
        },
      };
    },
  };
}

/** The document as an instance of production sees it. */
export function inProduction(content: JsonObject): PlatformDocument {
  const document: unknown = documentFor(content, 'production');
  if (!Value.Check(platformSchema, document)) throw new Error('it fails its schema');
  return document;
}
