import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLoad } from './load.ts';

test('the load of a process is read from its metrics', () => {
  const metrics = `# HELP http_server_active_requests Requests being served.
# TYPE http_server_active_requests gauge
http_server_active_requests{http_route="/mpesa/stkpush/v1/processrequest"} 3
http_server_active_requests{http_route="unknown"} 1
# TYPE http_server_oldest_request_age_seconds gauge
http_server_oldest_request_age_seconds{http_route="/mpesa/stkpush/v1/processrequest"} 1.25
http_server_oldest_request_age_seconds{http_route="unknown"} 0
`;
  assert.deepEqual(parseLoad(metrics), { inFlight: 4, oldestSeconds: 1.25 });
});

test('a server that has served nothing yet has no load; one that serves no requests tells none', () => {
  assert.deepEqual(parseLoad('# TYPE http_server_active_requests gauge\n'), {
    inFlight: 0,
    oldestSeconds: 0,
  });
  assert.equal(parseLoad('# TYPE process_cpu_seconds_total counter\n'), undefined);
});
