import { collectDefaultMetrics, Registry } from 'prom-client';
import { connectToSupervisor } from '../fleet/child.ts';
import { type Database, openDatabase } from '../platform/database.ts';
import { createLog, type Log } from '../platform/log.ts';
import { createAdminServer } from '../serving/admin.ts';
import { createHealth, type Health } from '../serving/health.ts';
import { type ProcessEnvironment, readEnvironment, WrongConfiguration } from './environment.ts';
import { type ActiveRelease, loadRelease } from './release.ts';

/** What every process has: its environment, configuration, log, metrics and health. */
export interface Root {
  env: ProcessEnvironment;
  log: Log;
  registry: Registry;
  health: Health;
  /** The configuration in force: ask each time. */
  release: () => ActiveRelease;
  /** A bounded pool on the process's database, closed last. */
  database(maxConnections: number): Database;
}

/** What a process does before it ends, within `signal`: drain, finish, close. */
export type Stop = (signal: AbortSignal) => Promise<void>;

/**
 * The life of a process: reads what it was told, starts `serve`, answers on its admin port, says that it is ready, and stops
 * in order when it is told to. A failure at start is one clear line on stderr and exit status 1.
 */
export async function runProcess(serve: (root: Root) => Promise<Stop>): Promise<void> {
  const link = connectToSupervisor();
  try {
    const env = readEnvironment();
    const log = createLog(env.name);
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const health = createHealth();
    const release = loadRelease(env);
    const databases: Database[] = [];
    const root: Root = {
      env,
      log,
      registry,
      health,
      release: () => release,
      database(maxConnections) {
        const database = openDatabase({ url: env.databaseUrl, name: env.name, maxConnections });
        databases.push(database);
        return database;
      },
    };
    process.on('unhandledRejection', (error) => {
      // A rejection nobody handles is a bug whose damage is unknown: the supervisor starts a clean process.
      log.fatal({ err: error }, 'unhandled rejection');
      process.exit(1);
    });

    let stopping = false;
    health.check('process', () => (stopping ? { ready: false, reason: 'it is stopping' } : { ready: true }));
    const stop = await serve(root);
    const admin = createAdminServer({ health, registry });
    const adminPort = await admin.listen({ host: env.host, port: env.adminPort });
    link.onStop(async (reason, signal) => {
      stopping = true;
      log.info({ reason }, 'stopping');
      await stop(signal);
      await Promise.all(databases.map((database) => database.end()));
      await admin.close();
    });
    link.ready({ admin: adminPort, release: release.version });
    log.info({ adminPort, port: env.port, environment: env.environment }, 'ready');
  } catch (error) {
    const text = error instanceof Error && !(error instanceof WrongConfiguration) ? error.stack : undefined;
    process.stderr.write(`${text ?? error}\n`);
    process.exit(1);
  }
}
