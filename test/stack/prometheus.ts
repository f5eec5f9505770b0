import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/supervisor/ports.ts';
import { until } from '../until.ts';
import { DEPLOY } from './metric-names.ts';
import { demandPrograms } from './programs.ts';

export interface Prometheus {
  readonly url: string;
  /** The `data` of an answer of its API: `targets`, `rules`, `query?…`. */
  ask<Data>(path: string): Promise<Data>;
  query(expr: string): Promise<{ result: { metric: Record<string, string>; value: [number, string] }[] }>;
  close(): Promise<void>;
}

/** Debian's Prometheus on the configuration `prometheus.yml` of a folder, its data in the same folder. */
export async function startPrometheus(folder: string): Promise<Prometheus> {
  demandPrograms(['prometheus']);
  const address = `127.0.0.1:${await freePort(0)}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const close = async () => {
    if (hasEnded()) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const url = `http://${address}`;
  const ask = async <Data>(path: string): Promise<Data> => {
    const response = await fetch(`${url}/api/v1/${path}`, { signal: AbortSignal.timeout(10_000) });
    const answer = (await response.json()) as { status: string; data: Data; error?: string };
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  };
  await until('prometheus is ready', async () => {
    if (hasEnded()) throw new Error(`prometheus ended:\n${said}`);
    return fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }).catch(async (error) => {
    await close();
    throw error;
  });
  return { url, ask, query: (expr) => ask(`query?query=${encodeURIComponent(expr)}`), close };
}

/**
 * A copy of deploy/prometheus in a folder of its own, for the watch at this URL; it scrapes and judges every
 * second.
 */
export async function copyForWatch({ watch, beatToken }: { watch: string; beatToken: string }) {
  const folder = await mkdtemp(join(tmpdir(), 'imara-prometheus-'));
  await cp(join(DEPLOY, 'prometheus'), folder, { recursive: true });
  await writeFile(join(folder, 'imara-beat-token'), beatToken);
  const file = join(folder, 'prometheus.yml');
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text.replaceAll('127.0.0.1:4403', new URL(watch).host).replace(/_(interval|timeout): \d+s/g, '_$1: 1s'),
  );
  // What is judged once a minute is judged at any second of the first one, which would be waited for.
  const rules = join(folder, 'rules.yml');
  await writeFile(rules, (await readFile(rules, 'utf8')).replaceAll('interval: 1m', 'interval: 1s'));
  return folder;
}

/** Prometheus as deploy/ sets it up, beside the watch at this URL. */
export async function openWatchedBy(where: { watch: string; beatToken: string }): Promise<Prometheus> {
  const folder = await copyForWatch(where);
  const remove = () => rm(folder, { recursive: true, force: true });
  const prometheus = await startPrometheus(folder).catch(async (error) => {
    await remove();
    throw error;
  });
  return { ...prometheus, close: () => prometheus.close().then(remove) };
}
