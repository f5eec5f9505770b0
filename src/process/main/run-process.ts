import { flushCompileCache } from 'node:module';
import { uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Outcome } from '../../agent/thread/counters.ts';
import { startDelayMs } from '../../platform/arrival.ts';
import { type Database, type DatabaseOptions, openDatabase } from '../../platform/database/database.ts';
import { WrongConfiguration } from '../../platform/environment/read.ts';
import { createLog, type Log } from '../../platform/log.ts';
import { createAdminServer } from '../../serving/admin.ts';
import { type Counts, createCounts } from '../../serving/counts.ts';
import { showCounts } from '../../serving/counts-metrics.ts';
import { watchDatabase } from '../../serving/readiness/database.ts';
import { createHealth, type Health } from '../../serving/readiness/health.ts';
import { connectToSupervisor, type SupervisorLink } from '../../supervisor/process/child.ts';
import { builtInRelease } from '../installation/built-in.ts';
import {
  builtInConfiguration,
  type Configuration,
  configurationFromControl,
  releaseLabel,
} from '../installation/configuration.ts';
import type { ActiveRelease, BuiltInRelease } from '../installation/release.ts';
import { keepProbing, type Probe } from '../roles/probes/probing.ts';
import type { Ending } from '../roles/worker/endings.ts';
import { type ProcessEnvironment, readEnvironment } from './environment.ts';

/** What every process has: its environment, configuration, log, metrics and health. */
export interface Root {
  env: ProcessEnvironment;
  log: Log;
  registry: Registry;
  health: Health;
  /** The configuration in force: ask each time. */
  release: () => ActiveRelease;
  /** What is served with where nothing else was proved. */
  builtIn: BuiltInRelease;
  /** How a request ended, and the label of the release that it began with (`releaseLabel`). */
  record: (outcome: Outcome, label: string, product?: string) => void;
  /** What the watch is shown. */
  counts: Counts;
  /** How something ended that is no failure of ours: an answer to somebody all the same. */
  ended: (ending: Ending, label: string) => void;
  /** Whether a release that is not proved is served with. */
  trying: () => boolean;
  /** Whether what is tried only switches off what was served. */
  isBrief: () => boolean;
  /** Whether a change is under way, here or elsewhere in the service. */
  changing: () => boolean;
  /** A value of the release in force was used and does not work. */
  valueFailed: Configuration['valueFailed'];
  /** To be called before the first client or job is taken: see `SupervisorLink`. */
  takes: SupervisorLink['takes'];
  /** A bounded pool on the process's database, closed last. */
  database(maxConnections: number, options?: Pick<DatabaseOptions, 'plansOnce' | 'commitsLater'>): Database;
}

/** What a process serves, once it does. */
export interface Role {
  /** What it does before it ends, within `signal`: drain, finish, close. */
  stop(signal: AbortSignal): Promise<void>;
  /** Evidence for or against a release while nobody asks for anything. */
  probe?: Probe;
  /** Port of its own way into the API. */
  direct?: number;
}

/** How often it is looked whether the supervisor knows another release. */
const TELL_EVERY_MS = 250;

/**
 * The life of a process: reads its environment, starts `serve`, answers on its admin port, says that it is
 * ready, and stops in order on SIGTERM or SIGINT. A failure at start is one clear line on stderr and exit
 * status 1. `source`: whether its configuration comes from control, where there is one. `waits`: that it is
 * one of many, and takes its turn after a power cut.
 */
export async function runProcess(
  serve: (root: Root) => Promise<Role>,
  source: 'control' | 'built-in' = 'control',
  { waits = false }: { waits?: boolean } = {},
): Promise<void> {
  const link = connectToSupervisor();
  try {
    const env = readEnvironment();
    const log = createLog(env.name);
    if (waits) await sleep(startDelayMs(env.fleetSize, uptime() * 1_000, Math.random));
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const health = createHealth();
    const builtIn = await builtInRelease(env, source === 'control' ? env.name : undefined, log);
    process.on('unhandledRejection', (error) => {
      // A rejection nobody handles is a bug whose damage is unknown: the supervisor starts a clean process.
      log.fatal({ err: error }, 'unhandled rejection');
      process.exit(1);
    });
    const hasControl = source === 'control' && env.control.length > 0;
    const configuration = hasControl
      ? await configurationFromControl(env, builtIn, log)
      : builtInConfiguration(builtIn);
    const { release, trying, isBrief, changing, valueFailed } = configuration;
    const counts = createCounts(() => releaseLabel(release()));
    showCounts(registry, counts);
    const databases: Pick<Database, 'end'>[] = [];
    let watched = false;
    const root: Root = {
      env,
      log,
      registry,
      health,
      release,
      builtIn,
      counts,
      record(outcome, label, product) {
        const isBad = outcome !== 'good' && outcome !== 'slow';
        health.answered(isBad);
        counts.count(isBad ? 'bad' : 'good', label, product);
        configuration.record(outcome, label);
      },
      ended(ending, label) {
        if (ending.of === 'request' && ending.kind !== undefined) health.answered(false);
        configuration.ended(ending, label);
      },
      trying,
      isBrief,
      changing,
      valueFailed,
      takes: link.takes,
      database(maxConnections, options) {
        const database = openDatabase({ url: env.databaseUrl, name: env.name, maxConnections, ...options });
        databases.push(database);
        if (!watched) watchIt();
        return database;
      },
    };

    /**
     * What uses the database cannot do its work without it; no other process can then, so none is taken out
     * for it.
     */
    function watchIt(): void {
      watched = true;
      const watch = watchDatabase({ url: env.databaseUrl, name: `${env.name} readiness` });
      databases.push({ end: watch.close });
      health.check('database', watch.verdict, 'shared');
    }

    let stopping = false;
    health.check('process', () => (stopping ? { ready: false, reason: 'it is stopping' } : { ready: true }));
    // One that is killed writes nothing, and the next one would compile everything again. It blocks, so
    // nobody is served yet.
    flushCompileCache();
    const { stop, probe, direct = null } = await serve(root);
    const admin = createAdminServer({ health, registry, counts });
    const adminPort = await admin.listen({ host: env.host, port: env.adminPort });
    const endProbing = hasControl && probe ? keepProbing(probe, configuration, log) : undefined;
    const endTelling = keepTelling(configuration, (version) =>
      link.ready({ admin: adminPort, direct, release: version }),
    );
    link.onStop(async (reason, signal) => {
      stopping = true;
      log.info({ reason }, 'stopping');
      endProbing?.();
      endTelling();
      await stop(signal);
      await configuration.close();
      await Promise.all(databases.map((database) => database.end()));
      await admin.close();
    });
    configuration.up();
    log.info({ adminPort, port: env.port, environment: env.environment }, 'ready');
  } catch (error) {
    const text = error instanceof Error && !(error instanceof WrongConfiguration) ? error.stack : undefined;
    process.stderr.write(`${text ?? error}\n`);
    process.exit(1);
  }
}

/** Tells the release now, and again when it is another one. Returns what ends it. */
function keepTelling({ release }: Configuration, tell: (version: string | null) => void): () => void {
  let { version: told } = release();
  tell(told);
  const timer = setInterval(() => {
    const { version } = release();
    if (version === told) return;
    told = version;
    tell(version);
  }, TELL_EVERY_MS).unref();
  return () => clearInterval(timer);
}
