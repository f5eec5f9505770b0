import { join } from 'node:path';
import { parseDatabaseUrl } from '../../platform/database/database-url.ts';
import {
  requiredVariable,
  secretVariable,
  variable,
  WrongConfiguration,
} from '../../platform/environment/read.ts';
import type { Environment } from '../../platform/environment/variables.ts';

/** The environment of a process, set by the supervisor or by whatever runs it (Kubernetes, systemd). */
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
  /** Whether failures on demand may be had: on one machine, or where it is said. */
  allowsFaults: boolean;
  /** Where this process may keep files. */
  home: string;
}

/** Reads and checks it; the error names the variable, what is wrong and what to write. */
export function readEnvironment(env?: Environment): ProcessEnvironment {
  return {
    name: variable('IMARA_NAME', env) ?? variable('HOSTNAME', env) ?? 'imara',
    environment: variable('IMARA_ENVIRONMENT', env) ?? 'production',
    cell: variable('IMARA_CELL', env) ?? 'default',
    profile: variable('IMARA_PROFILE', env) ?? 'server',
    databaseUrl: databaseUrl(requiredVariable('DATABASE_URL', env)),
    host: variable('IMARA_HOST', env) ?? '0.0.0.0',
    port: variable('IMARA_PORT', env),
    socketFd: variable('IMARA_SOCKET_FD', env),
    adminPort: variable('IMARA_ADMIN_PORT', env) ?? 0,
    authPort: variable('IMARA_AUTH_PORT', env),
    tls: tls(env),
    authServers: variable('IMARA_AUTH_SERVERS', env) ?? [],
    testingAuthServers: variable('IMARA_TESTING_AUTH_SERVERS', env) ?? [],
    syntheticCallbackUrl: variable('IMARA_SYNTHETIC_CALLBACK_URL', env),
    control: variable('IMARA_CONTROL', env) ?? [],
    fleetSize: variable('IMARA_FLEET_SIZE', env) ?? 1,
    configFile: variable('IMARA_CONFIG', env),
    allowsFaults: allowsFaults(env),
    home: variable('IMARA_HOME', env) ?? '.imara',
  };
}

function allowsFaults(env: Environment | undefined): boolean {
  const said = variable('IMARA_ALLOW_FAULTS', env);
  return said === undefined ? variable('IMARA_PROFILE', env) === 'local' : said === '1';
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
export function readKeySecret({ home }: ProcessEnvironment, env?: Environment): string {
  return secretVariable('IMARA_KEY_SECRET', join(home, 'key-secret'), env);
}

/**
 * The secrets under which tokens are made and checked, by the authentication servers and the API's processes;
 * separated by blanks or commas. Tokens are made with the first; the others are those whose tokens still
 * live.
 */
export function readTokenSecrets({ home }: ProcessEnvironment, env?: Environment): string[] {
  const secrets = secretVariable('IMARA_TOKEN_SECRET', join(home, 'token-secret'), env).split(/[\s,]+/);
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
export function readCredentialKey({ home }: Pick<ProcessEnvironment, 'home'>, env?: Environment): string {
  return secretVariable('IMARA_CREDENTIAL_KEY', join(home, 'certificate-key.pem'), env);
}

const LEAST_SECRET = 16;

function tls(env?: Environment): ProcessEnvironment['tls'] {
  const port = variable('IMARA_TLS_PORT', env);
  if (port === undefined) return undefined;
  return {
    port,
    socketFd: variable('IMARA_TLS_SOCKET_FD', env),
    certificateFile: requiredVariable('IMARA_TLS_CERTIFICATE', env),
    keyFile: requiredVariable('IMARA_TLS_KEY', env),
  };
}

function databaseUrl(text: string): string {
  const parsed = parseDatabaseUrl(text);
  if (parsed.ok) return parsed.url;
  throw new WrongConfiguration(`the environment variable DATABASE_URL cannot be used: ${parsed.reason}`);
}
