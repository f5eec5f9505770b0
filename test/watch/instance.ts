import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// An instance as the watch sees it: `/counts` at its admin port, fifty requests a second. It says its port
// over its channel, then each look at it. Told `hang`, its event loop stands still; told `never`, it goes on,
// and no request that begins then comes to an end.

const DEADLINE_MS = 10_000;
let good = 0;
let settles = true;
const begun: number[] = [];
setInterval(() => {
  if (settles) good += 1;
  else begun.push(performance.now());
}, 20);

process.on('message', (told) => {
  if (told === 'never') settles = false;
  if (told === 'hang') for (;;) {}
});
process.on('disconnect', () => process.exit());

const admin = createServer((_, response) => {
  const [oldest] = begun;
  const oldestMs = oldest === undefined ? 0 : performance.now() - oldest;
  const series = { product: 'stk-push', release: '1-abc' };
  response.end(
    JSON.stringify({
      pid: process.pid,
      release: series.release,
      counts: [{ ...series, good, bad: 0 }],
      underWay: [{ product: series.product, inFlight: begun.length, oldestMs, deadlineMs: DEADLINE_MS }],
    }),
  );
  process.send?.({ looked: true });
});
admin.listen(0, '127.0.0.1', () => process.send?.({ port: (admin.address() as AddressInfo).port }));
