import { createServer } from 'node:net';

/** Where everything listens, on loopback. */
export interface Ports {
  api: number;
  testingApi: number;
  testingAuth: number;
  control: number;
  status: number;
  /** The API over TLS, under the vendor's names. */
  tls: number;
  postgres: number;
  /** One an authentication server. */
  auth: number[];
}

export type PortName = Exclude<keyof Ports, 'auth'> | `auth-${number}`;

export const DEFAULT_PORT_BASE = 4400;
/** How far from its own place a port is looked for before any free one will do. */
const SPAN = 100;

/** Where each listener belongs, from the base. `auth-1` is at 10, `auth-2` at 11 … */
const places: Record<Exclude<keyof Ports, 'auth'>, number> = {
  api: 0,
  testingApi: 1,
  testingAuth: 20,
  control: 2,
  status: 3,
  tls: 43,
  postgres: 32,
};
const FIRST_AUTH = 10;

/** `wanted` was taken by another program, so `name` listens on `given`. */
export interface MovedPort {
  name: PortName;
  wanted: number;
  given: number;
}

/**
 * Places every listener: each on its own port, or on the next free one that no other listener of ours belongs
 * on.
 */
export async function choosePorts(
  base: number,
  authServers: number,
): Promise<{ ports: Ports; moved: MovedPort[] }> {
  const moved: MovedPort[] = [];
  const reserved = new Set([
    ...Object.values(places).map((offset) => base + offset),
    ...Array.from({ length: authServers }, (_, index) => base + FIRST_AUTH + index),
  ]);
  const place = async (name: PortName, offset: number): Promise<number> => {
    const wanted = base + offset;
    const given = (await isFree(wanted)) ? wanted : await nextFree(wanted, reserved);
    reserved.add(given);
    if (given !== wanted) moved.push({ name, wanted, given });
    return given;
  };
  const ports: Ports = {
    api: await place('api', places.api),
    testingApi: await place('testingApi', places.testingApi),
    testingAuth: await place('testingAuth', places.testingAuth),
    control: await place('control', places.control),
    status: await place('status', places.status),
    tls: await place('tls', places.tls),
    postgres: await place('postgres', places.postgres),
    auth: [],
  };
  for (let index = 0; index < authServers; index += 1) {
    ports.auth.push(await place(`auth-${index + 1}`, FIRST_AUTH + index));
  }
  return { ports, moved };
}

/** `wanted` when nothing listens there on loopback, or any free port. 0: any. */
export async function freePort(wanted: number): Promise<number> {
  const port = (await listenable(wanted)) ?? (await listenable(0));
  if (port === undefined) throw new Error('no free port on 127.0.0.1');
  return port;
}

async function nextFree(after: number, reserved: ReadonlySet<number>): Promise<number> {
  for (let port = after + 1; port < Math.min(after + SPAN, 65_536); port += 1) {
    if (!reserved.has(port) && (await isFree(port))) return port;
  }
  return freePort(0);
}

async function isFree(port: number): Promise<boolean> {
  return (await listenable(port)) !== undefined;
}

async function listenable(port: number): Promise<number | undefined> {
  const server = createServer();
  const taken = await new Promise<number | undefined>((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : undefined);
    });
  });
  if (taken !== undefined) await new Promise((resolve) => server.close(resolve));
  return taken;
}
