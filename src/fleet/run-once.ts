import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { openLog } from './log-files.ts';
import type { NodeProgramOptions } from './programs.ts';

export interface RunOnceOptions extends NodeProgramOptions {
  timeoutMs: number;
  /** Aborted: the process is killed. */
  signal: AbortSignal;
}

/** Runs a script to its end. Returns `undefined` when it succeeded, else how it failed, in words. */
export async function runOnce(options: RunOnceOptions): Promise<string | undefined> {
  const { entry, args, environment, log, timeoutMs, signal } = options;
  const output = openLog(log);
  const child = spawn(process.execPath, [entry, ...args], {
    env: environment,
    detached: true,
    stdio: ['ignore', output, output],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    signal,
  });
  closeSync(output);
  try {
    const [code, ending] = await once(child, 'exit');
    if (code === 0) return undefined;
    return ending === null ? `status ${code}` : `killed by ${ending}, after ${timeoutMs / 1_000} s at most`;
  } catch (error) {
    return (error as Error).message;
  }
}
