import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after } from 'node:test';

/** A worker in a process of its own, the file of this folder: killed at the end of the test file. */
export function startWorker(file: string, environment: Record<string, string>): ChildProcess {
  const worker = spawn(process.execPath, [join(import.meta.dirname, file)], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  after(() => worker.kill('SIGKILL'));
  return worker;
}

/** `kill -9`; resolves when it is gone. */
export async function kill(worker: ChildProcess): Promise<void> {
  const gone = once(worker, 'exit');
  worker.kill('SIGKILL');
  await gone;
}
