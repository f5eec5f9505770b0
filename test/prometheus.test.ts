import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { expressions, metricsIn, namesIn } from './stack/metric-names.ts';
import { demandPrograms } from './stack/programs.ts';
import { copyForWatch } from './stack/prometheus.ts';

// What deploy/ has for Prometheus and Grafana. That every metric is exported, and that Debian's Prometheus
// scrapes all of `npm start`, is in whole/first-payment.test.ts, where a stack is paid for.

demandPrograms(['promtool']);
const folder = await copyForWatch({ watch: 'http://127.0.0.1:4403', beatToken: 'token' });
after(() => rm(folder, { recursive: true, force: true }));

/** Rejects with what promtool says, when it finds something wrong. */
const promtool = async (...args: string[]) =>
  (await promisify(execFile)('promtool', args, { cwd: folder, timeout: 60_000 })).stdout;

test('promtool finds nothing wrong with the configuration and the rules, and the rules alarm as their tests say', async () => {
  assert.match(await promtool('check', 'config', 'prometheus.yml'), /SUCCESS: \d+ rules found/);
  assert.match(await promtool('test', 'rules', 'rules.test.yml', 'budget.test.yml'), /SUCCESS[\s\S]*SUCCESS/);
});

test('every panel of the dashboard is an expression that Prometheus understands, on recordings that are made', async () => {
  const { rules, panels } = await expressions();
  assert.ok(panels.length > 20);
  const asRules = panels.map(({ expr }, index) => ({ record: `panel:${index}`, expr }));
  await writeFile(join(folder, 'panels.yml'), stringify({ groups: [{ name: 'panels', rules: asRules }] }));
  assert.match(await promtool('check', 'rules', 'panels.yml'), new RegExp(`SUCCESS: ${panels.length} rules`));
  const recorded = new Set(rules.map(({ record }) => record));
  const named = [...rules, ...panels]
    .flatMap(({ expr }) => namesIn(expr))
    .filter((name) => name.includes(':'));
  assert.deepEqual(
    named.filter((name) => !recorded.has(name)),
    [],
  );
  assert.ok(rules.every(({ alert }) => alert === undefined || /^Imara(?:[A-Z][a-z]+)+$/.test(alert)));
});

test('the names of metrics are read out of an expression', async () => {
  const expr = `sum by (service, le) (rate(a_total{outcome="bad b"}[5m])) / ignoring(x) group_left () b:c > 14.4 * 0.001 and up == 0`;
  assert.deepEqual(namesIn(expr), ['a_total', 'b:c']);
  assert.ok((await metricsIn()).includes('http_server_request_duration_seconds'));
});
