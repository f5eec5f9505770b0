import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../../src/supervisor/ports.ts';
import { startPrometheus } from '../../test/stack/prometheus.ts';
import { until } from '../../test/until.ts';
import { kill } from '../children.ts';
import type { Subject } from './subjects.ts';

/** How a pair of Prometheus and Alertmanager is set. */
export interface Setting {
  readonly name: string;
  readonly scrapeSeconds: number;
  readonly windowSeconds: number;
  readonly ratio: number;
  readonly forSeconds: number;
  readonly groupWaitSeconds: number;
}

/**
 * Two that people use: a common good one, and one that is tuned for speed. That of the defaults takes six
 * minutes and more, and is not waited for.
 */
export const SETTINGS: readonly Setting[] = [
  {
    name: 'usual',
    scrapeSeconds: 15,
    windowSeconds: 60,
    ratio: 0.05,
    forSeconds: 60,
    groupWaitSeconds: 30,
  },
  {
    name: 'tuned',
    scrapeSeconds: 5,
    windowSeconds: 30,
    ratio: 0.02,
    forSeconds: 10,
    groupWaitSeconds: 0,
  },
];

/** p99 above this is slow: all is answered within 25 ms, and three times as late within 75 ms. */
const SLOW_SECONDS = 0.05;

/** Real Prometheus and Alertmanager that scrape the same instances. Returns what ends them. */
export async function startPair(
  folder: string,
  setting: Setting,
  subjects: readonly Subject[],
  webhook: string,
): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const alertmanager = await startAlertmanager(folder, setting, webhook);
  const every = `${setting.scrapeSeconds}s`;
  const configuration = {
    global: {
      scrape_interval: every,
      evaluation_interval: every,
      scrape_timeout: `${Math.min(10, setting.scrapeSeconds)}s`,
    },
    rule_files: ['rules.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager.address] }] }] },
    scrape_configs: [
      {
        job_name: 'bench',
        static_configs: subjects.map(({ service, admin }) => ({
          targets: [new URL(admin).host],
          labels: { service },
        })),
      },
    ],
  };
  await writeFile(join(folder, 'prometheus.yml'), stringify(configuration));
  await writeFile(join(folder, 'rules.yml'), stringify(rulesOf(setting)));
  const prometheus = await startPrometheus(folder).catch(async (error) => {
    await alertmanager.close();
    throw error;
  });
  return async () => {
    await prometheus.close();
    await alertmanager.close();
  };
}

function rulesOf({ windowSeconds, ratio, forSeconds }: Setting) {
  const total = 'http_server_request_duration_seconds_count';
  const rate = (selector: string, by: string) => `sum by (${by}) (rate(${selector}[${windowSeconds}s]))`;
  const failing = (by: string) =>
    `${rate(`${total}{http_response_status_code=~"5.."}`, by)} / ${rate(total, by)} > ${ratio}`;
  const buckets = rate('http_server_request_duration_seconds_bucket', 'service, le');
  const alerts = {
    Errors: failing('service'),
    ErrorsOfRoute: failing('service, http_route'),
    Down: 'up == 0',
    Slow: `histogram_quantile(0.99, ${buckets}) > ${SLOW_SECONDS}`,
  };
  return {
    groups: [
      {
        name: 'bench',
        rules: Object.entries(alerts).map(([alert, expr]) => ({ alert, expr, for: `${forSeconds}s` })),
      },
    ],
  };
}

async function startAlertmanager(folder: string, { groupWaitSeconds }: Setting, url: string) {
  const file = join(folder, 'alertmanager.yml');
  await writeFile(
    file,
    stringify({
      route: { receiver: 'bench', group_by: ['service', 'alertname'], group_wait: `${groupWaitSeconds}s` },
      receivers: [{ name: 'bench', webhook_configs: [{ url }] }],
    }),
  );
  const address = `127.0.0.1:${await freePort(0)}`;
  const child = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const close = () => kill(child);
  const isReady = () =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until('alertmanager is ready', isReady).catch(async (error) => {
    await close();
    throw error;
  });
  return { address, close };
}
