import { descriptor, fromOne, type Kind, oneOf, port, text, urls } from './kinds.ts';

/** Which folders of `src/` read it; `variables.test.ts` looks whether they do. */
export type Reader = 'process' | 'supervisor' | 'cli' | 'platform';

/** For whom the page has it. `between`: set by `imara up` for what it starts, and by nobody else. */
export type Section = 'process' | 'machine' | 'command' | 'between';

export interface Variable<T = unknown> {
  readonly kind: Kind<T>;
  readonly section: Section;
  readonly readBy: readonly Reader[];
  readonly says: string;
  /** What holds where it is not set, or empty. */
  readonly without: string;
  /** `NAME_FILE` may name a file that has it. */
  readonly orFile?: true;
}

const path = text('path');
const pemFile = text('path of a PEM file', 'something like the path of a PEM file');
const pem = text('PEM');
const secret = text('secret');
const of = <T>(
  section: Section,
  readBy: readonly Reader[],
  kind: Kind<T>,
  says: string,
  without: string,
): Variable<T> => ({ section, readBy, kind, says, without });

const process = ['process'] as const;

/** Every variable that Imara reads. `docs/reference/environment.md` is made of it, in this order. */
export const variables = {
  DATABASE_URL: of(
    'process',
    ['process', 'supervisor', 'cli'],
    text('PostgreSQL URL', 'something like postgres://user:password@host:5432/database'),
    "PostgreSQL ≥ 15 of the process's environment, [one host or several](#several-hosts). For `imara up`: this server in place of the embedded one; `testing` gets a database beside it, made when there is none",
    'a process does not start; `imara up` runs its own',
  ),
  IMARA_ENVIRONMENT: of('process', process, text('name'), '`production` or `testing`', '`production`'),
  IMARA_CELL: of(
    'process',
    process,
    text('name'),
    'what fails together with it: a zone, a rack, a machine',
    '`default`',
  ),
  IMARA_ALLOW_FAULTS: of(
    'process',
    process,
    oneOf('0', '1'),
    'whether [failures on demand](faults.md) may be had: for control and every API process',
    '`1` with `IMARA_PROFILE=local`, else `0`',
  ),
  IMARA_FLEET_SIZE: of(
    'process',
    process,
    fromOne,
    'how many instances there are on all machines, about: a large fleet comes back more slowly after a power cut',
    '1',
  ),
  IMARA_PROFILE: of(
    'process',
    process,
    oneOf('local', 'server'),
    '`server`, or `local`: one machine and one person, with simulated phones anybody may answer',
    '`server`',
  ),
  IMARA_NAME: of(
    'process',
    process,
    text('name'),
    'this instance, the same after a restart',
    "`HOSTNAME`, the host's name",
  ),
  HOSTNAME: of('process', process, text('name'), 'what a container or a shell calls the host', '`imara`'),
  IMARA_HOME: of(
    'process',
    ['process', 'supervisor'],
    path,
    "where it keeps keys, what was proved, its agent's socket: on a disk that survives restarts. For `imara` on one machine: database, credentials and logs too, one Imara a home",
    '`.imara`; an installed package: `~/.imara`',
  ),
  IMARA_HOST: of('process', process, text('address'), 'where it listens', '`0.0.0.0`'),
  IMARA_PORT: of('process', process, port, 'where it listens', 'it serves nobody'),
  IMARA_ADMIN_PORT: of(
    'process',
    process,
    port,
    'where it answers `/livez`, `/readyz`, `/routez`, `/metrics`',
    'any free one',
  ),
  IMARA_TLS_PORT: of(
    'process',
    ['process', 'supervisor'],
    port,
    'where the API also speaks TLS. For `imara up`: 443 takes the right to listen there',
    'not at all; `imara up`: a port of its own',
  ),
  IMARA_TLS_CERTIFICATE: of('process', process, pemFile, 'with which certificate', 'it does not start'),
  IMARA_TLS_KEY: of('process', process, pemFile, 'with which private key', 'it does not start'),
  IMARA_AUTH_SERVERS: of(
    'process',
    process,
    urls,
    'built-in addresses of the authentication servers',
    'it does not start',
  ),
  IMARA_CONTROL: of('process', process, urls, 'control processes', 'built-in configuration alone'),
  IMARA_CONFIG: of(
    'process',
    ['process', 'cli'],
    path,
    'a YAML or JSON file that changes the built-in configuration; what control has proved goes before it',
    'nothing is changed',
  ),
  IMARA_AGENT_TOKEN: of(
    'process',
    process,
    secret,
    'what agents show to control: the same for all',
    'made in `IMARA_HOME/control`',
  ),
  IMARA_CONTROL_KEY: of(
    'process',
    process,
    pem,
    "control's Ed25519 private key: the same for all control processes",
    'made in `IMARA_HOME/control`',
  ),
  IMARA_KEY_SECRET: {
    ...of(
      'process',
      process,
      secret,
      'under which the authentication servers seal their signing keys: the same for all',
      '`IMARA_HOME/key-secret`',
    ),
    orFile: true,
  },
  IMARA_TOKEN_SECRET: {
    ...of(
      'process',
      process,
      secret,
      "under which the authentication servers make tokens and the API's processes check them: the same for all of an environment, 16 characters or more. Two, separated by a comma, while one takes the other's place: tokens are made with the first",
      '`IMARA_HOME/token-secret`',
    ),
    orFile: true,
  },
  IMARA_CREDENTIAL_KEY: {
    ...of(
      'process',
      process,
      pem,
      'the private key of the certificate with which clients make their SecurityCredentials: the same for all workers of an environment. Without it a worker settles pushes, and requests with an initiator end in their queue timeout. Secrets that merchants give are sealed under it',
      '`IMARA_HOME/certificate-key.pem`, which the first start makes, with `certificate.pem` beside it for the clients',
    ),
    orFile: true,
  },
  IMARA_SYNTHETIC_SECRET: of(
    'process',
    process,
    secret,
    'of the merchant that synthetic payments are made to (short code 100100): the same for all',
    'made in `IMARA_HOME/control`',
  ),
  IMARA_SYNTHETIC_CALLBACK_URL: of(
    'process',
    process,
    text('URL'),
    "where the callbacks of synthetic payments of production go. Each has to be answered with 2xx: while a change is under way, one that is not fails the worker's probe",
    'a name that never resolves: they are tried, and given up as any',
  ),
  IMARA_LOG_LEVEL: of(
    'process',
    ['platform'],
    text('level of pino'),
    'from which level on it logs',
    '`info`',
  ),

  IMARA_PORT_BASE: of(
    'machine',
    ['cli'],
    text('port, 1024–65000'),
    'the first port: API +0, testing API +1, control +2, status +3, authentication servers from +10, that of testing +20, PostgreSQL +32, all on 127.0.0.1',
    '4400',
  ),
  IMARA_TESTING_DATABASE_URL: of(
    'machine',
    ['supervisor'],
    text('PostgreSQL URL'),
    'the database of `testing`',
    "beside production's, its name ending in `_testing`",
  ),
  IMARA_CELLS: of(
    'machine',
    ['supervisor'],
    text('whole number, 1–100'),
    'how many cells the machine has: the instances of each service take turns, `cell-1`, `cell-2` …',
    '1',
  ),
  IMARA_CONSUMER_KEY: of(
    'machine',
    ['supervisor'],
    text('consumer key'),
    'in place of the one made on the first start',
    'made once',
  ),
  IMARA_CONSUMER_SECRET: of(
    'machine',
    ['supervisor'],
    secret,
    'in place of the one made on the first start',
    'made once',
  ),

  IMARA_API: of('command', ['cli'], text('URL'), 'where the API is', 'that of this home'),
  IMARA_CONTROL_URL: of(
    'command',
    ['process', 'cli'],
    text('URL'),
    'where operators reach control; for a control process: where agents and operators reach it',
    'that of this home; a control process: where it listens',
  ),
  IMARA_OPERATOR_TOKEN: of(
    'command',
    ['process', 'cli'],
    secret,
    "the operator's token; for a control process: that of the first operator, an approver",
    '`IMARA_HOME/control/operator-token`, made in the profile `local`; a control process of `server`: there is no first operator',
  ),

  IMARA_SOCKET_FD: of(
    'between',
    process,
    descriptor,
    'the bound socket that it inherits for `IMARA_PORT`, shared with the other instances',
    'it binds for itself',
  ),
  IMARA_TLS_SOCKET_FD: of(
    'between',
    process,
    descriptor,
    'the same for `IMARA_TLS_PORT`',
    'it binds for itself',
  ),
  IMARA_TESTING_AUTH_SERVERS: of(
    'between',
    process,
    urls,
    'authentication servers of `testing`, where that is another environment of the same installation',
    'those of the environment',
  ),
  IMARA_AUTH_PORT: of(
    'between',
    process,
    port,
    'where the authentication server listens in a process that plays all roles',
    'any free one',
  ),
  IMARA_DETACHED: of(
    'between',
    ['cli'],
    text('anything'),
    'the supervisor was started in the background: what it says goes to a log, and must not hold credentials',
    'it has a terminal',
  ),
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof variables;

/** What a process inherits: some of the variables, and whatever else there is. */
export type Environment = NodeJS.ProcessEnv;
