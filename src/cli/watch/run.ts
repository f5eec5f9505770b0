import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { sibling } from '../../platform/sibling.ts';

/** A process of its own: it loads nothing of ours but itself. */
export async function runWatch({ settings }: { settings: string[] }): Promise<void> {
  const main = fileURLToPath(sibling(import.meta.url, '../../watch/main'));
  const child = spawn(process.execPath, [main, ...settings.map((file) => `--settings=${file}`)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  process.exitCode = code ?? 1;
}
