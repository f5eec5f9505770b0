import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { demandPrograms } from './programs.ts';

const TYPED_MS = 240_000;

/**
 * Types what a page tells its reader to type (its `sh` blocks), in one shell, in the page's order. Returns
 * what was said on stdout and stderr; throws it when a command fails. What it left in the background is
 * ended.
 */
export async function typePage(
  page: string,
  where: { cwd?: string; env: NodeJS.ProcessEnv },
): Promise<string> {
  demandPrograms(['bash', 'curl']);
  const text = await readFile(page, 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, commands]) => commands);
  if (blocks.length === 0) throw new Error(`${page} has no commands`);
  // One pipe for both, so that what is said stands in its order.
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', `exec 2>&1\n${blocks.join('\n')}`], {
    ...where,
    // A process group of its own, which its background processes are in.
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  shell.stdout.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const group = shell.pid;
  if (group === undefined) throw new Error('bash cannot be started');
  const end = () => {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // Nothing of it is left.
    }
  };
  const tooLong = setTimeout(end, TYPED_MS);
  const closed = once(shell, 'close');
  const [status] = await once(shell, 'exit');
  clearTimeout(tooLong);
  end();
  await closed;
  if (status !== 0) throw new Error(`${page} ended with ${status}:\n${said}`);
  return said;
}
