import { compileCache, type Home } from './home.ts';
import type { PlannedProcess } from './plan.ts';
import type { Ports } from './ports.ts';

export const HOST = '127.0.0.1';

/**
 * Where the sockets that a process inherits begin: after its standard streams and the channel to its
 * supervisor.
 */
const FIRST_INHERITED_FD = 4;

/** What all processes of one machine share. */
export interface Machine {
  home: Home;
  /** The supervisor's own environment. */
  inherited: NodeJS.ProcessEnv;
  ports: Ports;
  /** One an environment. */
  databaseUrl: (environment: string) => string;
}

/**
 * What a process is told when it starts, on top of what it inherits (`IMARA_CONFIG` among it):
 *
 * | variable | what it says |
 * | --- | --- |
 * | `IMARA_SERVICE`, `IMARA_NAME` | what it is (`api`) and which one (`api-1`) |
 * | `IMARA_ENVIRONMENT` | whose configuration it serves with |
 * | `IMARA_CELL` | what fails together with it, and is changed together |
 * | `IMARA_PROFILE` | `local`: one machine, with simulated phones |
 * | `IMARA_HOME` | where state is kept |
 * | `IMARA_HOST`, `IMARA_PORT` | where it listens; no port: it serves nobody |
 * | `IMARA_SOCKET_FD` | the descriptor of the bound socket that it inherits for `IMARA_PORT`, shared with the other instances |
 * | `IMARA_TLS_PORT`, `IMARA_TLS_CERTIFICATE`, `IMARA_TLS_KEY` | where the API also speaks TLS, and with what files |
 * | `IMARA_TLS_SOCKET_FD` | the same for `IMARA_TLS_PORT` |
 * | `IMARA_ADMIN_PORT` | 0: any free one, told in its ready message |
 * | `IMARA_AUTH_SERVERS` | URLs of the authentication servers, with commas between |
 * | `IMARA_TESTING_AUTH_SERVERS`, `IMARA_AUTH_PORT` | the same of `testing`, and where its process listens for it |
 * | `IMARA_CONTROL` | where control is |
 * | `DATABASE_URL` | the database of its environment |
 */
export function processEnvironment(
  planned: Pick<PlannedProcess, 'service' | 'name' | 'environment' | 'cell' | 'port' | 'listens'>,
  { home, inherited, ports, databaseUrl }: Machine,
): NodeJS.ProcessEnv {
  return {
    ...inherited,
    IMARA_SERVICE: planned.service,
    IMARA_NAME: planned.name,
    IMARA_ENVIRONMENT: planned.environment,
    IMARA_CELL: planned.cell,
    IMARA_PROFILE: 'local',
    IMARA_HOME: home.directory,
    IMARA_HOST: HOST,
    IMARA_PORT: planned.port === null ? undefined : String(planned.port),
    IMARA_SOCKET_FD: planned.listens === 'api' ? String(FIRST_INHERITED_FD) : undefined,
    IMARA_TLS_PORT: planned.listens === 'api' ? String(ports.tls) : undefined,
    IMARA_TLS_SOCKET_FD: planned.listens === 'api' ? String(FIRST_INHERITED_FD + 1) : undefined,
    IMARA_TLS_CERTIFICATE: home.tlsCertificateFile,
    IMARA_TLS_KEY: home.tlsKeyFile,
    IMARA_ADMIN_PORT: '0',
    IMARA_AUTH_SERVERS: ports.auth.map((port) => `http://${HOST}:${port}`).join(','),
    IMARA_TESTING_AUTH_SERVERS: `http://${HOST}:${ports.testingAuth}`,
    IMARA_AUTH_PORT: String(ports.testingAuth),
    IMARA_CONTROL: `http://${HOST}:${ports.control}`,
    DATABASE_URL: databaseUrl(planned.environment),
    NODE_COMPILE_CACHE: inherited.NODE_COMPILE_CACHE ?? compileCache,
  };
}
