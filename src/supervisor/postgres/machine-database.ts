import { variable } from '../../platform/environment/read.ts';
import type { Environment } from '../../platform/environment/variables.ts';
import type { Home } from '../home/home.ts';
import { defaultPolicy, type LifecyclePolicy } from '../process/lifecycle.ts';
import { postgresProgram } from '../process/programs.ts';
import type { Program, Supervised } from '../process/supervised.ts';
import type { Status } from '../status.ts';
import { readDatabaseUrl } from './environment-databases.ts';
import { createDatabase, POSTGRES_READY_MS, type RunningPostgres } from './postgres.ts';
import { refuseForgottenDatabase, rememberDatabase } from './remembered-database.ts';
import { checkServer } from './server-version.ts';

export interface MachineDatabaseOptions {
  home: Home;
  environment: Environment;
  say: (line: string) => void;
  /** Makes a process that is watched, and started again when it ends. */
  supervise(name: string, program: Program, policy: LifecyclePolicy): Supervised;
  /** Settles when the process serves or will not, or after so long. */
  settled(process: Supervised, waitMs: number): Promise<unknown>;
  /** Throws when the start was given up. */
  goOn(): void;
}

const DATABASE = 'imara';
const CHECK_MS = 5_000;

/**
 * The PostgreSQL of one machine: the server that `DATABASE_URL` names, or an embedded one, which is then a
 * process of ours. It owns that process alone; the supervisor starts it first and stops it last. It must
 * never open an embedded database in a home that was used with another one.
 */
export class MachineDatabase {
  readonly #options: MachineDatabaseOptions;
  #port: number | null = null;
  /** `undefined`: it is not ours, or not started yet. */
  process: Supervised | undefined;

  constructor(options: MachineDatabaseOptions) {
    this.#options = options;
  }

  /** Returns the URL of our database. Throws, with what to do, where there is none. */
  async start(port: number): Promise<string> {
    const { home, say, supervise, settled, goOn } = this.#options;
    const named = this.#named();
    if (named !== undefined) {
      const url = readDatabaseUrl(named);
      await checkServer(url, CHECK_MS);
      await rememberDatabase(home, url);
      return url;
    }
    await refuseForgottenDatabase(home);
    let url = '';
    const started = ({ url: of }: RunningPostgres) => {
      url = of(DATABASE);
    };
    const program = postgresProgram({ directory: home.postgres, port, log: home.log('postgres') }, started);
    // It sends no heartbeats, and is not killed while it replays its log.
    const policy = { ...defaultPolicy, stallMs: Infinity, startMs: POSTGRES_READY_MS + 10_000 };
    const process = supervise('postgres', program, policy);
    this.#port = port;
    this.process = process;
    goOn();
    process.start();
    await settled(process, 2 * POSTGRES_READY_MS);
    goOn();
    if (process.state.mode !== 'ready') throw new Error(process.lastEnd ?? 'PostgreSQL does not start');
    const maintenance = new URL(url);
    maintenance.pathname = '/postgres';
    await createDatabase(maintenance.href, DATABASE);
    say(`PostgreSQL is ready on port ${port}`);
    return url;
  }

  status(): Status['postgres'] {
    if (this.#named() !== undefined) return { port: null, pid: null, state: 'external' };
    if (this.process === undefined) return null;
    return { port: this.#port, pid: this.process.pid, state: this.process.state.mode };
  }

  #named(): string | undefined {
    return variable('DATABASE_URL', this.#options.environment);
  }
}
