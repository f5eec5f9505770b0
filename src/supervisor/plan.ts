import { variable } from '../platform/environment/read.ts';
import type { Environment } from '../platform/environment/variables.ts';
import type { PortName, Ports } from './ports.ts';

/**
 * One kind of process: how many there are, and when they start and stop. The fleet of a machine is a list of
 * these.
 */
export interface Service {
  service: string;
  count: number;
  environment: string;
  /**
   * What one fault, one wave and one budget reach at most. A machine is one, unless it is set to have more.
   */
  cell: string;
  /** `api`: all instances share the sockets that the supervisor holds. `auth`: each has a port of its own. */
  listens: 'api' | 'testingApi' | 'control' | 'auth' | null;
  /** Services of a lower number are ready before those of a higher one start … */
  startsIn: number;
  /** … and services of a lower number have ended before those of a higher one are asked to. */
  stopsIn: number;
  /** How long an instance may take to finish what it has begun. */
  drainMs: number;
}

export interface PlannedProcess extends Omit<Service, 'count'> {
  /** `api-1`; `worker` where there is one alone. */
  name: string;
  port: number | null;
}

/**
 * Requests end before what they need: the API drains first, its callbacks and tokens after it, the database
 * last.
 */
export const services: readonly Service[] = [
  service('auth', 2, { listens: 'auth', startsIn: 1, stopsIn: 3, drainMs: 5_000 }),
  service('control', 1, { listens: 'control', startsIn: 1, stopsIn: 3, drainMs: 5_000 }),
  service('api', 2, { listens: 'api', startsIn: 2, stopsIn: 1, drainMs: 15_000 }),
  service('worker', 1, { listens: null, startsIn: 2, stopsIn: 2, drainMs: 10_000 }),
  // Between the others' start and their end: what begins or ends in order is missed by nobody.
  service('watch', 1, { listens: null, startsIn: 3, stopsIn: 0, drainMs: 3_000 }),
  // Everything in one process: what passes here may be tried in production.
  {
    ...service('testing', 1, { listens: 'testingApi', startsIn: 2, stopsIn: 1, drainMs: 15_000 }),
    environment: 'testing',
  },
];

function service(
  name: string,
  count: number,
  rest: Pick<Service, 'listens' | 'startsIn' | 'stopsIn' | 'drainMs'>,
): Service {
  return { service: name, count, environment: 'production', cell: 'cell-1', ...rest };
}

/**
 * Every process that is to run, in the order of the table; with several cells the instances of a service take
 * turns.
 */
export function plan(table: readonly Service[], ports: Ports, cells = 1): PlannedProcess[] {
  return table.flatMap(({ count, ...rest }) =>
    Array.from({ length: count }, (_, index) => ({
      ...rest,
      cell: cells === 1 ? rest.cell : `cell-${(index % cells) + 1}`,
      name: count === 1 ? rest.service : `${rest.service}-${index + 1}`,
      port: portOf(rest.listens, index, ports),
    })),
  );
}

function portOf(listens: Service['listens'], index: number, ports: Ports): number | null {
  if (listens === null) return null;
  return listens === 'auth' ? (ports.auth[index] ?? null) : ports[listens];
}

/** The processes in groups, those of the lowest number first. */
export function inPhases<T extends Pick<Service, 'startsIn' | 'stopsIn'>>(
  processes: readonly T[],
  by: 'startsIn' | 'stopsIn',
): T[][] {
  const groups = Map.groupBy(processes, (one) => one[by]);
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** In what order they are restarted: what others need first, and of each service one cell after the other. */
export function restartPhase(
  { startsIn, cell }: Pick<PlannedProcess, 'startsIn' | 'cell'>,
  all: readonly Pick<PlannedProcess, 'cell'>[],
): number {
  const cells = [...new Set(all.map((one) => one.cell))].sort();
  return startsIn * cells.length + cells.indexOf(cell);
}

/** How many cells this machine is set to have. Throws when that is no number of cells. */
export function cellCount(environment: Environment): number {
  const told = variable('IMARA_CELLS', environment);
  const cells = Number(told ?? 1);
  if (Number.isInteger(cells) && cells >= 1 && cells <= 100) return cells;
  throw new Error(`IMARA_CELLS is "${told}"; write a whole number from 1 to 100`);
}

/** The environments that run here; the database of each is prepared before anything of it starts. */
export function environmentsOf(table: readonly Pick<Service, 'environment'>[]): string[] {
  return [...new Set(table.map(({ environment }) => environment))];
}

export function authServerCount(table: readonly Service[]): number {
  return table.find(({ listens }) => listens === 'auth')?.count ?? 0;
}

/** What a listener is called when we speak of its port. */
export function portTitle(name: PortName): string {
  const titles: Record<string, string> = {
    api: 'the API',
    testingApi: 'the testing API',
    testingAuth: 'the testing authentication server',
    control: 'control',
    status: 'the watch',
    tls: 'the API over TLS',
    postgres: 'PostgreSQL',
  };
  return titles[name] ?? name;
}
