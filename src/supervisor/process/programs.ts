import { fork } from 'node:child_process';
import { closeSync } from 'node:fs';
import { openLog } from '../log-files.ts';
import { type PostgresOptions, type RunningPostgres, startPostgres } from '../postgres/postgres.ts';
import { parseFromChild, type ToChild } from './messages.ts';
import { waitedForCpuMs } from './process-table.ts';
import type { Program } from './supervised.ts';

export interface NodeProgramOptions {
  /** Path of the script. */
  entry: string;
  /** Words after it: they are what a leftover of an earlier run is known by (see `leftovers.ts`). */
  args: readonly string[];
  environment: NodeJS.ProcessEnv;
  /** Where its output goes. */
  log: string;
  /** Called with a line for people when its output goes nowhere. */
  say: (line: string) => void;
  /** Descriptors of sockets that it inherits, from descriptor 4 on. */
  sockets: readonly number[];
}

/**
 * Loading a program makes much that is kept: with a young generation this large (MB) it is copied less, and
 * starts 15 % sooner.
 */
const YOUNG_GENERATION = '--min-semi-space-size=8';

/**
 * A process of ours, in a group of its own: Ctrl-C in the terminal reaches the supervisor alone, which ends
 * it in order.
 */
export function nodeProgram(options: NodeProgramOptions): Program {
  const { entry, args, environment, log, sockets, say } = options;
  return {
    start(events) {
      const output = openLog(log, say);
      const child = fork(entry, args, {
        env: environment,
        execArgv: [YOUNG_GENERATION],
        detached: true,
        stdio: ['ignore', output, output, 'ipc', ...sockets],
      });
      closeSync(output);
      if (child.pid !== undefined) events.spawned(child.pid);
      child.on('message', (message) => {
        const said = parseFromChild(message);
        if (said?.type === 'ready') events.ready(said);
        else if (said?.type === 'heartbeat') events.heard();
      });
      let ended = false;
      const exited = (how: string): void => {
        if (ended) return;
        ended = true;
        events.exited(how);
      };
      child.once('exit', (code, signal) =>
        exited(signal === null ? `ended with status ${code}` : `killed by ${signal}`),
      );
      // Also comes for a message that could not be sent; only a process that never was has ended by it.
      child.on('error', (error) => {
        if (child.pid === undefined) exited(`could not be started: ${error.message}`);
      });
      return {
        askToStop(withinMs) {
          const stop: ToChild = { type: 'stop', withinMs };
          if (!child.connected) child.kill('SIGTERM');
          else child.send(stop);
        },
        kill: () => child.kill('SIGKILL'),
        waitedForCpuMs: () => waitedForCpuMs(child.pid),
      };
    },
  };
}

/** The embedded PostgreSQL as a program: ready when it answers, asked to stop and killed in its own ways. */
export function postgresProgram(
  options: PostgresOptions,
  started: (postgres: RunningPostgres) => void,
): Program {
  return {
    start(events) {
      const starting = new AbortController();
      let running: RunningPostgres | undefined;
      const untilEnd = async (): Promise<string> => {
        running = await startPostgres({ ...options, signal: starting.signal });
        events.spawned(running.pid);
        if (starting.signal.aborted) void running.stop();
        started(running);
        events.ready({ admin: null, direct: null, release: null });
        await running.exited;
        return 'ended';
      };
      untilEnd().then(events.exited, (error: Error) => events.exited(error.message));
      return {
        askToStop() {
          starting.abort();
          void running?.stop();
        },
        kill() {
          starting.abort();
          void running?.kill();
        },
        waitedForCpuMs: () => undefined,
      };
    },
  };
}
