import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { until } from '../../test/until.ts';
import { kill } from '../children.ts';
import type { Subject } from './subjects.ts';

export interface WatchUnderTest {
  /** Components of its status page that are not operational, by name. */
  troubled(): Promise<string[]>;
  close(): Promise<void>;
}

/** The watch as a process, set as `npm start` sets it: an HTTP check twice a second, and every admin port. */
export async function startWatch(
  folder: string,
  subjects: readonly Subject[],
  webhook: string,
): Promise<WatchUnderTest> {
  await mkdir(folder, { recursive: true });
  const settings = join(folder, 'watch.yaml');
  await writeFile(join(folder, 'token'), 'token-of-the-bench\n');
  await writeFile(
    settings,
    stringify({
      journal: 'journal',
      listen: { port: 0 },
      tokenFile: 'token',
      status: { path: 'status', url: 'http://127.0.0.1' },
      targets: subjects.map(({ service, url }) => ({
        // What it is asked for is not there: it answers all the same.
        ...{ kind: 'http', name: service, url: `${url}/`, below: 500, everyMs: 500, timeoutMs: 1_000 },
      })),
      instances: subjects.map(({ service, admin }) => ({ name: service, service, admin })),
      channels: [{ kind: 'webhook', name: 'bench', url: webhook }],
      routes: { page: [{ channels: ['bench'] }] },
    }),
  );
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '..', '..', 'src', 'watch', 'main.ts'), '--settings', settings],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env.PATH } },
  );
  let said = '';
  child.stdout.on('data', (part) => {
    said += part;
  });
  await until('the watch is ready', () => /"msg":"ready"/.test(said));
  const page = join(folder, 'status', 'api', 'v2', 'components.json');
  return {
    async troubled() {
      const text = await readFile(page, 'utf8').catch(() => '{"components":[]}');
      const { components } = JSON.parse(text) as { components: { name: string; status: string }[] };
      return components.filter(({ status }) => status !== 'operational').map(({ name }) => name);
    },
    close: () => kill(child),
  };
}
