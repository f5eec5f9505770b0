import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { createCounts } from './counts.ts';
import { showCounts } from './counts-metrics.ts';

test('Prometheus is shown what the watch is shown: outcomes by product and release, and what is under way', async () => {
  const registry = new Registry();
  const counts = createCounts(() => 'shop-5');
  showCounts(registry, counts);
  counts.count('good', 'shop-4', 'stk');
  counts.count('good', 'shop-4', 'stk');
  counts.count('bad', 'shop-5', 'stk');
  counts.count('good', 'shop-4');
  counts.underWay(() => [{ product: 'stk', inFlight: 3, oldestMs: 1_500, deadlineMs: 10_000 }]);
  const lines = async () => (await registry.metrics()).split('\n');
  for (const line of [
    'imara_outcomes_total{product="stk",config_version="shop-4",outcome="good"} 2',
    'imara_outcomes_total{product="stk",config_version="shop-4",outcome="bad"} 0',
    'imara_outcomes_total{product="stk",config_version="shop-5",outcome="bad"} 1',
    'imara_outcomes_total{product="",config_version="shop-4",outcome="good"} 1',
    'imara_requests_under_way{product="stk"} 3',
    'imara_oldest_request_age_seconds{product="stk"} 1.5',
    'imara_request_deadline_seconds{product="stk"} 10',
  ])
    assert.ok((await lines()).includes(line), `${line}\nin\n${(await lines()).join('\n')}`);

  counts.underWay(() => []);
  const after = await lines();
  assert.ok(after.includes('imara_outcomes_total{product="stk",config_version="shop-4",outcome="good"} 2'));
  assert.ok(!after.some((line) => line.startsWith('imara_requests_under_way{')), 'nothing is under way');
});
