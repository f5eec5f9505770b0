import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { type Machine, processEnvironment } from '../contract.ts';
import { openLog, tail } from '../log-files.ts';
import { homeMark } from '../process/leftovers.ts';

const PREPARE_MS = 120_000;
const LOG_LINES_SHOWN = 12;

/**
 * Runs the script that brings the schema and the seeds up to date, to its end: a process of its own, because
 * only it knows the parts. Throws an error with its last words when it fails; `signal` kills it.
 */
export async function prepareDatabase(
  script: string,
  environment: string,
  machine: Machine,
  signal: AbortSignal,
): Promise<void> {
  const log = machine.home.log('prepare');
  const output = openLog(log);
  const child = spawn(process.execPath, [script, homeMark(machine.home)], {
    env: processEnvironment(
      { service: 'prepare', name: 'prepare', environment, port: null, listens: null, cell: 'default' },
      machine,
    ),
    detached: true,
    stdio: ['ignore', output, output],
    timeout: PREPARE_MS,
    killSignal: 'SIGKILL',
    signal,
  });
  closeSync(output);
  const [code, ending] = await once(child, 'exit');
  if (code === 0) return;
  const how =
    ending === null ? `status ${code}` : `killed by ${ending}, after ${PREPARE_MS / 1_000} s at most`;
  throw new Error(`the database could not be prepared (${how}):\n${await tail(log, LOG_LINES_SHOWN)}`);
}
