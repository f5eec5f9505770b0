import { HOST } from './contract.ts';
import type { Credentials } from './home/credentials.ts';
import type { PlannedProcess } from './plan.ts';
import type { Mode } from './process/lifecycle.ts';
import type { ReadyFacts } from './process/messages.ts';
import type { Supervised } from './process/supervised.ts';
import type { RestartMode, Stage } from './restarts/governor/restart.ts';

/** Of the whole: `degraded` when a process that should serve does not, `down` when nothing runs. */
export type FleetState = 'starting' | 'ready' | 'degraded' | 'stopping' | 'down';

/** What `imara status --json` prints: a contract that tools use. A part that does not exist is `null`. */
export interface Status {
  state: FleetState;
  /** Base URLs. */
  api: string | null;
  /** The API over TLS, with a certificate for the vendor's host names. */
  apiTls: string | null;
  testingApi: string | null;
  control: string | null;
  /** The status page, which the watch serves. */
  status: string | null;
  credentials: Credentials | null;
  instances: Instance[];
  /** The restart that is going on, or was last. */
  restart: RestartView | null;
  postgres: { port: number | null; pid: number | null; state: Mode | 'external' } | null;
}

/** What people are shown of a restart. */
export interface RestartView {
  id: string;
  reason: string;
  mode: RestartMode;
  why: string | null;
  wave: number;
  instances: { name: string; stage: Stage }[];
}

export interface Instance {
  name: string;
  service: string;
  environment: string;
  cell: string;
  pid: number | null;
  /** Base URL of its `/livez`, `/readyz` and `/metrics`. */
  admin: string | null;
  /** Base URL of its own way into the API; `null`: it has none. */
  direct: string | null;
  release: string | null;
  state: Mode;
  /** How often it was started again since `imara up`, and why the last time. */
  restarts: number;
  restartReason: string | null;
}

export const downStatus: Status = {
  state: 'down',
  api: null,
  apiTls: null,
  testingApi: null,
  control: null,
  status: null,
  credentials: null,
  instances: [],
  restart: null,
  postgres: null,
};

export function instance(planned: PlannedProcess, supervised: Supervised): Instance {
  const { name, service, environment, cell } = planned;
  const { pid, facts, state, restarts, restartReason } = supervised;
  return {
    name,
    service,
    environment,
    cell,
    pid,
    admin: adminUrl(facts),
    direct: directUrl(facts),
    release: facts?.release ?? null,
    state: state.mode,
    restarts,
    restartReason,
  };
}

/** Base URL of a process's own listener; `null` when there is none, or none yet. */
export function adminUrl(facts: ReadyFacts | undefined): string | null {
  return facts === undefined || facts.admin === null ? null : `http://${HOST}:${facts.admin}`;
}

function directUrl(facts: ReadyFacts | undefined): string | null {
  return facts === undefined || facts.direct === null ? null : `http://${HOST}:${facts.direct}`;
}

/** Where the instances of a service are reached from outside; `null` when there are none. */
export function serviceUrl(processes: Iterable<PlannedProcess>, service: string): string | null {
  for (const one of processes) {
    if (one.service === service && one.port !== null) return `http://${HOST}:${one.port}`;
  }
  return null;
}
