// Runs a command on the pinned Node in this terminal, passing signals on and its exit code back.
import { spawn } from 'node:child_process';
import { nodeBinary, setUp } from './setup.mjs';

/** Resolves to its exit status, which becomes that of this process unless one before it failed already. */
export function runOnPinnedNode(args, env = process.env) {
  setUp();
  const child = spawn(nodeBinary, args, { stdio: 'inherit', env });
  const interrupted = () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  };
  // A signal sent to this process alone must be handed on; Ctrl-C in a terminal reaches the whole process
  // group.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', interrupted);
  return new Promise((resolve) => {
    const ended = (status) => {
      process.exitCode ||= status;
      resolve(status);
    };
    child.on('exit', (code, signal) =>
      ended(signal === null ? (code ?? 1) : 128 + (signal === 'SIGINT' ? 2 : 15)),
    );
    child.on('error', (error) => {
      process.stderr.write(`imara: could not start ${nodeBinary}: ${error.message}\n`);
      ended(1);
    });
  });
}
