import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDatabaseUrl } from '../../platform/database/database-url.ts';

/** What a process was told is wrong: its message is for the operator, who needs no stack trace. */
export class WrongConfiguration extends Error {
  override readonly name = 'WrongConfiguration';
}

/** What a process is told when it starts, by the supervisor or by whatever runs it (Kubernetes, systemd). */
export interface ProcessEnvironment {
  name: string;
  environment: string;
  /** What fails together with it: a zone, a rack, a machine. */
  cell: string;
  /** `local`: one machine, simulated phones, callbacks to private addresses. */
  profile: 'local' | 'server';
  databaseUrl: string;
  host: string;
  /** `undefined`: it serves nobody. */
  port: number | undefined;
  /** A bound socket that it inherits, shared with other processes: it listens there instead. */
  socketFd: number | undefined;
  adminPort: number;
  /** Where the authentication server listens in a process that plays all roles. */
  authPort: number | undefined;
  /** The API over TLS as well, with these PEM files. */
  tls: { port: number; socketFd: number | undefined; certificateFile: string; keyFile: string } | undefined;
  authServers: string[];
  /** Those of `testing`, where that is another environment of the same installation. */
  testingAuthServers: string[];
  /** Where callbacks of synthetic payments go, where the process has no receiver that they may go to. */
  syntheticCallbackUrl: string | undefined;
  /** Where control is; empty: there is none, and the built-in configuration is served with. */
  control: string[];
  /** How many instances there are on all machines, about; 1 where there is one machine. */
  fleetSize: number;
  /** A YAML or JSON file that changes the built-in configuration. */
  configFile: string | undefined;
  /** Where this process may keep files. */
  home: string;
}

/** Reads and checks it; the error names the variable, what is wrong and what to write. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): ProcessEnvironment {
  const { IMARA_PROFILE: profile = 'server' } = env;
  if (profile !== 'local' && profile !== 'server') throw wrong('IMARA_PROFILE', profile, 'local or server');
  return {
    name: env.IMARA_NAME ?? env.HOSTNAME ?? 'imara',
    environment: env.IMARA_ENVIRONMENT ?? 'production',
    cell: env.IMARA_CELL || 'default',
    profile,
    databaseUrl: databaseUrl(required(env, 'DATABASE_URL', 'postgres://user:password@host:5432/database')),
    host: env.IMARA_HOST ?? '0.0.0.0',
    port: port(env, 'IMARA_PORT'),
    socketFd: descriptor(env, 'IMARA_SOCKET_FD'),
    adminPort: port(env, 'IMARA_ADMIN_PORT') ?? 0,
    authPort: port(env, 'IMARA_AUTH_PORT'),
    tls: tls(env),
    authServers: urls(env.IMARA_AUTH_SERVERS),
    testingAuthServers: urls(env.IMARA_TESTING_AUTH_SERVERS),
    syntheticCallbackUrl: env.IMARA_SYNTHETIC_CALLBACK_URL || undefined,
    control: urls(env.IMARA_CONTROL),
    fleetSize: positive(env, 'IMARA_FLEET_SIZE', 1),
    configFile: env.IMARA_CONFIG || undefined,
    home: env.IMARA_HOME ?? '.imara',
  };
}

/** Where this process keeps the last keys that it verified tokens with. */
export function keySeedPath({ home, name }: Pick<ProcessEnvironment, 'home' | 'name'>): string {
  return join(home, 'keys', `${name}.json`);
}

/** How this process reaches a port of its own. */
export function ownUrl({ host }: Pick<ProcessEnvironment, 'host'>, port: number): string {
  return `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
}

/** The secret under which the authentication servers seal their signing keys in the database. */
export function readKeySecret({ home }: ProcessEnvironment, env: NodeJS.ProcessEnv = process.env): string {
  return secret(env, 'IMARA_KEY_SECRET', join(home, 'key-secret'));
}

/**
 * The secrets under which tokens are made and checked, by the authentication servers and the API's processes;
 * separated by blanks or commas. Tokens are made with the first; the others are those whose tokens still
 * live.
 */
export function readTokenSecrets(
  { home }: ProcessEnvironment,
  env: NodeJS.ProcessEnv = process.env,
): string[] {
  const secrets = secret(env, 'IMARA_TOKEN_SECRET', join(home, 'token-secret')).split(/[\s,]+/);
  if (secrets.some(({ length }) => length < LEAST_SECRET)) {
    throw new WrongConfiguration(
      `a token secret has fewer than ${LEAST_SECRET} characters; make one with openssl rand -hex 32`,
    );
  }
  return secrets;
}

/**
 * The private key, in PEM, of the certificate with which clients make their SecurityCredentials: for the
 * workers, the same for all of an environment.
 */
export function readCredentialKey(
  { home }: Pick<ProcessEnvironment, 'home'>,
  env: NodeJS.ProcessEnv = process.env,
): string {
  return secret(env, 'IMARA_CREDENTIAL_KEY', join(home, 'certificate-key.pem'));
}

const LEAST_SECRET = 16;

/** Out of the variable, or of the file that another variable names, or of the one at home. */
function secret(env: NodeJS.ProcessEnv, name: string, atHome: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  const file = env[`${name}_FILE`] ?? atHome;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new WrongConfiguration(
      `neither ${name} nor ${name}_FILE is set, and ${file} cannot be read; set one, the same for all processes`,
    );
  }
}

function tls(env: NodeJS.ProcessEnv): ProcessEnvironment['tls'] {
  const number = port(env, 'IMARA_TLS_PORT');
  if (number === undefined) return undefined;
  return {
    port: number,
    socketFd: descriptor(env, 'IMARA_TLS_SOCKET_FD'),
    certificateFile: required(env, 'IMARA_TLS_CERTIFICATE', 'the path of a PEM file'),
    keyFile: required(env, 'IMARA_TLS_KEY', 'the path of a PEM file'),
  };
}

function databaseUrl(text: string): string {
  const parsed = parseDatabaseUrl(text);
  if (parsed.ok) return parsed.url;
  throw new WrongConfiguration(`the environment variable DATABASE_URL cannot be used: ${parsed.reason}`);
}

function required(env: NodeJS.ProcessEnv, name: string, example: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw wrong(name, value, `something like ${example}`);
  return value;
}

function port(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const value = env[name];
  if (value === undefined || value === '') return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw wrong(name, value, '0 to 65535');
  return number;
}

function positive(env: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const value = env[name];
  if (value === undefined || value === '') return otherwise;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw wrong(name, value, 'a whole number from 1');
  return number;
}

function urls(value = ''): string[] {
  return value.split(',').filter((url) => url !== '');
}

function descriptor(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const value = env[name];
  if (value === undefined || value === '') return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 3) throw wrong(name, value, 'the number of an inherited socket');
  return number;
}

function wrong(name: string, value: string | undefined, wanted: string): WrongConfiguration {
  const is = value === undefined || value === '' ? 'is not set' : `is "${value}"`;
  return new WrongConfiguration(`the environment variable ${name} ${is}; write ${wanted}`);
}
