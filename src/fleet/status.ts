import { HOST } from './contract.ts';
import type { Credentials } from './credentials.ts';
import type { Mode } from './lifecycle.ts';
import type { PlannedProcess } from './plan.ts';
import type { Supervised } from './supervised.ts';

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
  status: string | null;
  credentials: Credentials | null;
  instances: Instance[];
  postgres: { port: number | null; pid: number | null; state: Mode | 'external' } | null;
}

export interface Instance {
  name: string;
  service: string;
  environment: string;
  pid: number | null;
  /** Base URL of its `/livez`, `/readyz` and `/metrics`. */
  admin: string | null;
  release: string | null;
  state: Mode;
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
  postgres: null,
};

export function instance(planned: PlannedProcess, { pid, facts, state }: Supervised): Instance {
  const { name, service, environment } = planned;
  const admin = facts === undefined || facts.admin === null ? null : `http://${HOST}:${facts.admin}`;
  return { name, service, environment, pid, admin, release: facts?.release ?? null, state: state.mode };
}

/** Where the instances of a service are reached from outside; `null` when there are none. */
export function serviceUrl(processes: Iterable<PlannedProcess>, service: string): string | null {
  for (const one of processes) {
    if (one.service === service && one.port !== null) return `http://${HOST}:${one.port}`;
  }
  return null;
}
