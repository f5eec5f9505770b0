import type { Environment, VariableName } from '../platform/environment/variables.ts';
import { compileCache, type Home } from './home/home.ts';
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
  inherited: Environment;
  ports: Ports;
  /** One an environment. */
  databaseUrl: (environment: string) => string;
}

/** What a process is given when it starts, on top of what it inherits: docs/reference/environment.md. */
export function processEnvironment(
  planned: Pick<PlannedProcess, 'service' | 'name' | 'environment' | 'cell' | 'port' | 'listens'>,
  { home, inherited, ports, databaseUrl }: Machine,
): Environment {
  const given: Partial<Record<VariableName, string | undefined>> = {
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
  };
  return { ...inherited, ...given, NODE_COMPILE_CACHE: inherited.NODE_COMPILE_CACHE ?? compileCache };
}
