import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetch } from 'undici';
import { freePort } from '../../src/supervisor/ports.ts';
import { until } from '../../test/until.ts';
import { endChild, startChild } from './children.ts';

const KEY = Buffer.from('config').toString('base64');

/**
 * For comparison: a bare etcd, one key, and so many watchers of it, each on a connection of its own. From the
 * moment a value is put until each watcher has it, in ms; nothing is signed, checked, applied or answered.
 * `undefined`: no `etcd` on this machine.
 */
export async function etcdFanOut({
  watchers,
  processes,
  rounds,
  bytes,
}: {
  watchers: number;
  processes: number;
  rounds: number;
  bytes: number;
}): Promise<number[] | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'imara-bench-etcd-'));
  const [client, peer] = [await freePort(0), await freePort(0)];
  const url = `http://127.0.0.1:${client}`;
  const server = spawnEtcd(directory, url, `http://127.0.0.1:${peer}`);
  const children: ChildProcess[] = [];
  try {
    if (!(await started(server, url))) return undefined;
    let seen: number[] = [];
    let watching = 0;
    for (let index = 0; index < processes; index++) {
      const child = startChild('watchers.ts', { url, watchers: watchers / processes });
      children.push(child);
      child.on('message', (message: { watching?: number; at?: number[] }) => {
        watching += message.watching ?? 0;
        seen.push(...(message.at ?? []));
      });
    }
    await until('all watch', () => watching === watchers, { deadlineMs: 60_000 });
    const latencies: number[] = [];
    for (let round = 0; round < rounds; round++) {
      seen = [];
      const putAt = Date.now();
      await call(`${url}/v3/kv/put`, { key: KEY, value: Buffer.alloc(bytes, round).toString('base64') });
      await until('all have seen it', () => seen.length === watchers, { deadlineMs: 60_000 });
      latencies.push(...seen.map((at) => at - putAt));
    }
    return latencies;
  } finally {
    await Promise.all(children.map(endChild));
    server.kill('SIGTERM');
    await rm(directory, { recursive: true, force: true });
  }
}

function spawnEtcd(directory: string, client: string, peer: string): ChildProcess {
  const flags = {
    'data-dir': join(directory, 'data'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    'log-level': 'error',
  };
  return spawn(
    'etcd',
    Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    { stdio: 'ignore' },
  ).on('error', () => {});
}

async function started(server: ChildProcess, url: string): Promise<boolean> {
  if (server.pid === undefined) return false;
  return until(
    'etcd answers',
    () =>
      fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    { deadlineMs: 20_000 },
  );
}

async function call(url: string, body: object): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`etcd answered ${response.status}: ${await response.text()}`);
}
