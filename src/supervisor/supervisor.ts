import { hostname } from 'node:os';
import { variable } from '../platform/environment/read.ts';
import { newId } from '../platform/ids.ts';
import { Changes } from './changes.ts';
import { HOST, type Machine } from './contract.ts';
import { type Credentials, loadCredentials } from './home/credentials.ts';
import type { Home } from './home/home.ts';
import type { HomeLock } from './home/home-lock.ts';
import { StateFile } from './home/state-file.ts';
import { writeWatchFiles } from './home/watch-files.ts';
import { type LocalApi, openLocalApi } from './local-api.ts';
import { keepRotated } from './log-files.ts';
import { hasSettled, haveStopped, KILL_NOTICED_MS, startInPhases, stopInPhases } from './phases.ts';
import {
  authServerCount,
  cellCount,
  environmentsOf,
  type PlannedProcess,
  plan,
  portTitle,
  type Service,
} from './plan.ts';
import { choosePorts, type Ports } from './ports.ts';
import { environmentDatabases } from './postgres/environment-databases.ts';
import { MachineDatabase } from './postgres/machine-database.ts';
import { prepareDatabase } from './postgres/prepare.ts';
import { changeText } from './process/change-text.ts';
import { endLeftovers } from './process/leftovers.ts';
import { defaultPolicy, type LifecyclePolicy } from './process/lifecycle.ts';
import { servicePrograms } from './process/service-programs.ts';
import { SharedSockets } from './process/sockets.ts';
import { StandIn } from './process/stand-in.ts';
import { type ModeChange, type Program, Supervised } from './process/supervised.ts';
import { keepReporting } from './report-to-control.ts';
import { keepReportingToWatch } from './report-to-watch.ts';
import { entriesOf, openRestartJournal, type RestartJournal } from './restarts/journal.ts';
import { poolOf, Restarts } from './restarts/restarts.ts';
import { type FleetState, instance, type Status, serviceUrl } from './status.ts';
import { keepTicking } from './tick.ts';

export interface SupervisorOptions {
  home: Home;
  /** Proof that no other supervisor has this home; released when the fleet has stopped. */
  lock: HomeLock;
  /** What the processes inherit. `DATABASE_URL` in it: that server instead of the embedded one. */
  environment: NodeJS.ProcessEnv;
  portBase: number;
  services: readonly Service[];
  /** Path of the script of a service, or of `prepare`, which brings the schema and the seeds up to date. */
  script: (name: string) => string;
  /** Called with what happens, a line at a time, for people. */
  say: (line: string) => void;
}

const DATABASE_STOP_MS = 10_000;

/** The start was given up because a stop was asked for meanwhile. */
export class StoppedWhileStarting extends Error {}

/**
 * The processes of one machine, and its PostgreSQL: started in order, restarted when they end, stopped in the
 * order that lets each finish what it has begun. See `plan.ts` for the orders and `lifecycle.ts` for what
 * happens to one process.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #processes = new Map<PlannedProcess, Supervised>();
  readonly #changes = new Changes();
  /** What ends what goes on in the background. */
  readonly #ends: (() => void)[] = [];
  readonly #stopAsked = new AbortController();
  readonly #sockets = new SharedSockets(HOST);
  readonly #journal: RestartJournal;
  readonly #restarts: Restarts;
  readonly #database: MachineDatabase;
  #state: FleetState = 'starting';
  #line: LocalApi | undefined;
  #ports: Ports | undefined;
  #credentials: Credentials | null = null;
  #databaseUrl: string | undefined;
  #standIn: StandIn | undefined;
  #stateFile: StateFile | undefined;
  #stopped: Promise<void> | undefined;
  #endWatchReports: () => Promise<void> = async () => {};

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { restartFile, restartJournal } = options.home;
    const failed = (error: Error) => options.say(`the restarts cannot be written down: ${error.message}`);
    this.#journal = openRestartJournal(restartJournal, Date.now, failed);
    this.#restarts = new Restarts({
      processes: this.#processes,
      file: restartFile,
      journal: this.#journal,
      now: Date.now,
      random: Math.random,
      newId,
      changed: () => this.#changed(),
      failed,
    });
    this.#database = new MachineDatabase({
      ...options,
      supervise: (...process) => this.#supervise(...process),
      settled: (process, waitMs) => this.#changes.until(() => hasSettled(process), waitMs),
      goOn: () => this.#goOn(),
    });
  }

  /**
   * Settles when every process is ready, or when one that is not is in a crash loop (then `status` says
   * `degraded`, and the rest serves). Throws when nothing can serve: no database, no schema. `down` is called
   * when another process orders it.
   */
  async start(down: () => void): Promise<void> {
    const { home, environment, portBase, services, script, say } = this.#options;
    const line = await openLocalApi({
      status: () => this.status(),
      down,
      restart: async (order) =>
        this.#state === 'ready' ? this.#restarts.order(order) : { refused: `it is ${this.#state}` },
      cancelRestart: () => this.#restarts.cancel(),
    });
    this.#line = line;
    const { url, token } = line;
    this.#stateFile = new StateFile(
      home,
      () => ({
        supervisor: { pid: process.pid, url, token, folder: process.cwd(), portBase },
        databaseUrl: this.#databaseUrl ?? null,
        status: this.status(),
      }),
      (error) => say(`the state file cannot be written: ${error.message}`),
    );
    this.#journal({ event: 'supervisor' });
    this.#changed();
    this.#watch();
    const left = await endLeftovers(home);
    if (left > 0) say(`ended ${left} processes that an earlier run had left behind`);
    const chosen = await choosePorts(portBase, authServerCount(services));
    const { moved } = chosen;
    const ports = { ...chosen.ports, tls: variable('IMARA_TLS_PORT', environment) ?? chosen.ports.tls };
    this.#ports = ports;
    for (const { name, wanted, given } of moved) {
      if (name === 'postgres' && variable('DATABASE_URL', environment)) continue;
      say(`port ${wanted} is taken by another program: ${portTitle(name)} listens on ${given}`);
    }
    const begun = [loadCredentials(home, environment), this.#database.start(ports.postgres)] as const;
    // A start that fails writes nothing into the home after it has said so.
    await Promise.allSettled(begun);
    const [credentials, databaseUrl] = await Promise.all(begun);
    this.#credentials = credentials;
    this.#databaseUrl = databaseUrl;
    const environments = environmentsOf(services);
    const databases = await environmentDatabases(environments, databaseUrl, environment);
    const machine: Machine = {
      home,
      inherited: environment,
      ports,
      databaseUrl: (name) => databases.get(name) ?? databaseUrl,
    };
    this.#goOn();
    this.#sockets.bind(ports);
    // Whatever went wrong while a stop was asked for went wrong because of it.
    for (const name of environments) {
      const prepared = prepareDatabase(script('prepare'), name, machine, this.#stopAsked.signal);
      await prepared.finally(() => this.#goOn());
    }
    say('schema and seeds are up to date');
    const watch = services.some(({ service }) => service === 'watch')
      ? await writeWatchFiles(home, ports)
      : undefined;
    this.#addProcesses(machine);
    const endReporting = keepReporting({
      journal: home.restartJournal,
      reported: home.restartsReported,
      url: `http://${HOST}:${ports.control}`,
      tokenFile: home.agentTokenFile,
      machine: hostname(),
    });
    this.#ends.push(endReporting);
    if (watch !== undefined)
      this.#endWatchReports = keepReportingToWatch({
        url: `http://${HOST}:${ports.status}`,
        tokenFile: watch.beatToken,
        instances: () => this.status().instances,
      });
    await startInPhases(this.#processes, {
      changes: this.#changes,
      home,
      say,
      goOn: () => this.#goOn(),
      givenUp: () => this.#state === 'stopping',
    });
    this.#state = 'ready';
    this.#changed();
  }

  status(): Status {
    const planned = [...this.#processes.keys()];
    const instances = [...this.#processes].map(([one, supervised]) => instance(one, supervised));
    const allReady = [this.#database.process, ...this.#processes.values()].every(
      (one) => one === undefined || one.state.mode === 'ready',
    );
    return {
      state: this.#state === 'ready' && !allReady ? 'degraded' : this.#state,
      api: serviceUrl(planned, 'api'),
      apiTls: this.#tlsUrl(),
      testingApi: serviceUrl(planned, 'testing'),
      control: serviceUrl(planned, 'control'),
      status: instances.find(({ service }) => service === 'watch')?.admin ?? null,
      credentials: this.#credentials,
      instances,
      restart: this.#restarts.view(),
      postgres: this.#database.status(),
    };
  }

  /**
   * Ends everything in order; settles when it has ended. Each wait has a deadline, after which a process is
   * killed.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder();
    return this.#stopped;
  }

  /** Ends everything now: what is being done is lost, except what was acknowledged. */
  async stopAtOnce(): Promise<void> {
    this.#giveUpStart();
    for (const one of this.#processes.values()) one.kill();
    await this.#changes.until(() => haveStopped([...this.#processes.values()]), KILL_NOTICED_MS);
    this.#database.process?.kill();
    await this.#changes.until(() => haveStopped([this.#database.process]), KILL_NOTICED_MS);
    await this.#close();
  }

  async #stopInOrder(): Promise<void> {
    this.#giveUpStart();
    await this.#endWatchReports();
    await stopInPhases(this.#processes, this.#changes);
    this.#database.process?.stop(DATABASE_STOP_MS);
    await this.#changes.until(
      () => haveStopped([this.#database.process]),
      DATABASE_STOP_MS + KILL_NOTICED_MS,
    );
    await this.#close();
  }

  #giveUpStart(): void {
    this.#state = 'stopping';
    this.#standIn?.kill();
    this.#sockets.close();
    this.#stopAsked.abort(new StoppedWhileStarting());
    this.#changed();
  }

  async #close(): Promise<void> {
    if (this.#line === undefined) return;
    this.#line.close();
    this.#line = undefined;
    for (const end of this.#ends) end();
    const stateFile = this.#stateFile;
    this.#stateFile = undefined;
    await stateFile?.remove();
    this.#options.lock.release();
  }

  #addProcesses(machine: Machine): void {
    const { script, services, say } = this.#options;
    const programs = servicePrograms(machine, { script, sockets: this.#sockets, say });
    for (const planned of plan(services, machine.ports, cellCount(machine.inherited))) {
      const { name } = planned;
      const supervised = this.#supervise(name, programs.of(planned), defaultPolicy, (change) => {
        entriesOf(name, poolOf(planned), change).forEach(this.#journal);
      });
      this.#processes.set(planned, supervised);
    }
    this.#standIn = new StandIn({ program: programs.standIn(), now: () => performance.now(), say });
  }

  #apiServes(): boolean {
    return [...this.#processes].some(
      ([{ listens }, { state }]) => listens === 'api' && state.mode === 'ready',
    );
  }

  #supervise(
    name: string,
    program: Program,
    policy: LifecyclePolicy,
    also: (change: ModeChange) => void = () => {},
  ) {
    return new Supervised({
      program,
      policy,
      now: () => performance.now(),
      random: Math.random,
      changed: (change) => {
        also(change);
        // While it starts or stops, the whole is reported on.
        if (this.#state === 'ready') this.#report(changeText(name, change));
        this.#changed();
      },
    });
  }

  #report(line: string | undefined): void {
    if (line !== undefined) this.#options.say(line);
  }

  #watch(): void {
    const tick = (deafMs: number) => {
      for (const one of [this.#database.process, ...this.#processes.values()]) one?.tick(deafMs);
      if (this.#state !== 'ready') return;
      this.#restarts.tick();
      this.#standIn?.look(this.#apiServes());
    };
    const { home, say } = this.#options;
    const logs = () => [
      home.restartJournal,
      ...['postgres', 'supervisor', 'stand-in', ...[...this.#processes.keys()].map(({ name }) => name)].map(
        home.log,
      ),
    ];
    this.#ends.push(
      keepTicking(tick),
      keepRotated(logs, (error) => say(`the logs cannot be rotated: ${error}`)),
    );
  }

  #tlsUrl(): string | null {
    return this.#ports === undefined ? null : `https://${HOST}:${this.#ports.tls}`;
  }

  #goOn(): void {
    this.#stopAsked.signal.throwIfAborted();
  }

  #changed(): void {
    this.#changes.happened();
    this.#stateFile?.changed();
  }
}
