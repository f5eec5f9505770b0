import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The command of a clone, as `npm start` and `npx imara` run it: from the bundle of its sources. */
export const IMARA = join(import.meta.dirname, '..', '..', 'bin', 'imara.mjs');

/** Runs the command as a user does, in a pipe, with no more of the environment than it is given. */
export async function runImara(args: string[], environment: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [IMARA, ...args], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { stdout, stderr, exitCode };
}
