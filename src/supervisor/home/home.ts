import { homedir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { variable } from '../../platform/environment/read.ts';
import type { Environment } from '../../platform/environment/variables.ts';

/** What was compiled once is not compiled again: it halves what the start of a process costs. */
export const compileCache = resolve(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'imara');
const projectRoot = resolve(import.meta.dirname, '..', '..', '..');
/**
 * In a clone the state is beside the code; what is installed under `node_modules` is replaced with the next
 * version.
 */
const usualHome = projectRoot.split(sep).includes('node_modules')
  ? join(homedir(), '.imara')
  : join(projectRoot, '.imara');

/**
 * Where one Imara keeps its state on this machine: `IMARA_HOME`, or `.imara/` in the clone, and in the user's
 * folder where Imara is installed as a package.
 */
export interface Home {
  directory: string;
  stateFile: string;
  credentialsFile: string;
  certificateFile: string;
  certificateKeyFile: string;
  /** For clients that cannot be given another host: a certificate for the vendor's own names. */
  tlsCertificateFile: string;
  tlsKeyFile: string;
  /** Under which the authentication servers seal their signing keys. */
  keySecretFile: string;
  /** Under which they make tokens, and the API's processes check them. */
  tokenSecretFile: string;
  /** Where processes keep the last good keys of the authentication servers. */
  keys: string;
  /** The restart that is going on, the journal of all, and how much of it control has. */
  restartFile: string;
  restartJournal: string;
  restartsReported: string;
  /** What agents show control; made by the first process that needs it. */
  agentTokenFile: string;
  postgres: string;
  /** Where the database is when it is not the embedded one. */
  databaseFile: string;
  logs: string;
  /** The log of one process. */
  log(name: string): string;
}

export function homeOf(environment?: Environment): Home {
  const directory = resolve(variable('IMARA_HOME', environment) ?? usualHome);
  const logs = join(directory, 'logs');
  return {
    directory,
    stateFile: join(directory, 'state.json'),
    credentialsFile: join(directory, 'credentials.json'),
    certificateFile: join(directory, 'certificate.pem'),
    certificateKeyFile: join(directory, 'certificate-key.pem'),
    tlsCertificateFile: join(directory, 'tls-certificate.pem'),
    tlsKeyFile: join(directory, 'tls-key.pem'),
    keySecretFile: join(directory, 'key-secret'),
    tokenSecretFile: join(directory, 'token-secret'),
    keys: join(directory, 'keys'),
    restartFile: join(directory, 'restart.json'),
    restartJournal: join(directory, 'restarts.jsonl'),
    restartsReported: join(directory, 'restarts.told'),
    agentTokenFile: join(directory, 'control', 'agent-token'),
    postgres: join(directory, 'postgres'),
    databaseFile: join(directory, 'database'),
    logs,
    log: (name) => join(logs, `${name}.log`),
  };
}
