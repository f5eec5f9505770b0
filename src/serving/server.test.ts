import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { until } from '../../test/until.ts';
import { Deadline, within } from '../platform/deadline.ts';
import { createApiServer } from './server.ts';
import { defaultServingSettings, type ProductSettings, type ServingSettings } from './settings.ts';
import type { Operation } from './types.ts';

const operations: Operation[] = [
  { method: 'POST', path: '/pay', product: 'stk', priority: 'money' },
  { method: 'GET', path: '/hang', product: 'hanging', priority: 'money' },
  { method: 'GET', path: '/query', product: 'stk-query', priority: 'query' },
];

interface Change extends Omit<Partial<ServingSettings>, 'product' | 'limits'> {
  product?: Partial<ProductSettings>;
  limits?: Partial<ServingSettings['limits']>;
}

/**
 * Where the machine is busy a request waits for its turn, and the loop is late: neither is what is tried here
 * (`admission/`).
 */
const patient = {
  queue: { maxAgeMs: 10_000, overloadedAfterMs: 10_000, overloadedMaxAgeMs: 10_000 },
  eventLoopDelayTargetMs: 10_000,
};

/** A server on a free port with three products: one pays, one hangs for ever, one answers a query. */
async function serve(change: Change = {}) {
  const lines: string[] = [];
  const registry = new Registry();
  let settings: ServingSettings = {
    ...defaultServingSettings,
    slowStartMs: 0,
    ...patient,
    ...change,
    product: { ...defaultServingSettings.product, ...change.product },
    limits: { ...defaultServingSettings.limits, checkEveryMs: 50, ...change.limits },
  };
  const server = createApiServer({
    operations,
    refusalForm: (operation, reason) => ({
      status: reason === 'deadline' ? 500 : 503,
      body: JSON.stringify({ errorCode: reason, path: operation?.path ?? null }),
      fault: 'ours',
      kind: reason,
    }),
    settings: () => settings,
    log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    registry,
    configVersion: () => 'v7',
  });
  const hanging: ((value: unknown) => void)[] = [];
  server.fastify.post('/pay', async (request) => ({
    got: request.body,
    left: request.deadline?.remainingMs(),
  }));
  server.fastify.get('/query', async () => ({ found: true }));
  server.fastify.get('/hang', async (request) => {
    request.stage = 'ledger';
    return new Promise((resolve) => hanging.push(resolve));
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  after(() => server.close());
  const metric = async (text: string) =>
    (await registry.metrics()).split('\n').find((line) => line.startsWith(text));
  const release = (next: Partial<ServingSettings>) => {
    settings = { ...settings, ...next };
  };
  return { server, port, release, lines, hanging, metric, url: `http://127.0.0.1:${port}` };
}

/** What the server sends on a raw connection after `bytes`, until it closes it. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  socket.on('error', () => {});
  socket.write(bytes);
  return within(Deadline.in(10_000), 'the server closes the connection', async () => {
    await new Promise((resolve) => socket.once('close', resolve));
    return received;
  });
}

function jsonOf(answer: string): unknown {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
}

test('a request is served with a deadline of its own, and its outcome is counted with the release', async () => {
  const { url, metric } = await serve();
  const response = await fetch(`${url}/pay?x=1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"Amount":1}',
  });
  const { got, left } = (await response.json()) as { got: unknown; left: number };
  assert.deepEqual(got, { Amount: 1 });
  assert.ok(left > 0 && left <= defaultServingSettings.product.deadlineMs);
  const labels =
    'http_request_method="POST",http_route="/pay",http_response_status_code="200",error_type="",fault=""';
  const counted = await metric(`http_server_request_duration_seconds_count{${labels},config_version="v7"}`);
  assert.match(counted ?? '', / 1$/);
});

test('R1: an answer that does not come is an error at the deadline, counted there and then; what comes later is ignored', async () => {
  const { url, metric, hanging, lines } = await serve({ products: { hanging: { deadlineMs: 50 } } });
  const response = await fetch(`${url}/hang`);
  assert.equal(response.status, 500);
  assert.equal(response.headers.get('retry-after'), null);
  assert.deepEqual(await response.json(), { errorCode: 'deadline', path: '/hang' });
  assert.match(
    (await metric('http_server_deadline_exceeded_total{http_route="/hang",stage="ledger"}')) ?? '',
    / 1$/,
  );
  assert.match((await metric('http_server_active_requests{http_route="/hang"}')) ?? '', / 0$/);
  for (const resolve of hanging) resolve({ late: true });
  assert.equal((await fetch(`${url}/query`)).status, 200);
  assert.deepEqual(lines, []);
});

test('R12: a product whose handlers hang is refused at once, and the others are served without one failure', async () => {
  const { url, metric } = await serve({
    products: { hanging: { maxInFlight: 4, maxQueue: 0, deadlineMs: 60_000 } },
  });
  const end = new AbortController();
  const hang = () => fetch(`${url}/hang`, { signal: end.signal }).catch(() => undefined);
  const hung = Array.from({ length: 4 }, hang);
  await until('the product is full', () => metric('http_server_active_requests{http_route="/hang"} 4'));
  for (let round = 0; round < 20; round += 1) {
    const flood = Array.from({ length: 10 }, hang);
    const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(`${url}/query`)));
    assert.ok(answers.every(({ status }) => status === 200));
    await Promise.all(flood);
  }
  const refused = await fetch(`${url}/hang`);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('content-type'), 'application/json');
  assert.match(refused.headers.get('retry-after') ?? '', /^[1-3]$/);
  assert.deepEqual(await refused.json(), { errorCode: 'overloaded', path: '/hang' });
  end.abort();
  await Promise.all(hung);
});

test('R12: a product that a release switches off says so in its own form, and is back with the next', async () => {
  const { url, release } = await serve();
  release({ products: { 'stk-query': { enabled: false } } });
  const off = await fetch(`${url}/query`);
  assert.deepEqual([off.status, await off.json()], [503, { errorCode: 'product_off', path: '/query' }]);
  release({ products: {} });
  assert.equal((await fetch(`${url}/query`)).status, 200);
});

test('refusals are told in one line with their number, not in a line each', async () => {
  const { url, release, lines } = await serve();
  release({ products: { 'stk-query': { enabled: false } } });
  await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/query`)));
  await until('the line is written', () => lines.length > 0);
  assert.ok(lines.length <= 2);
  assert.match(lines[0] ?? '', /"refused":\{"\/query product_off":\d+\}/);
});

test('malformed HTTP gets a clean 400 in JSON', async () => {
  const { port, metric } = await serve();
  for (const bytes of [
    'NOT HTTP\r\n\r\n',
    'GET /query HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n',
    'GET /query HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n',
  ]) {
    const answer = await raw(port, bytes);
    assert.match(answer, /^HTTP\/1.1 400 Bad Request\r\nContent-Type: application\/json\r\n/);
    assert.deepEqual(jsonOf(answer), { error: 'Bad Request' });
  }
  assert.match((await metric('http_server_client_faults_total{fault="malformed"}')) ?? '', / 3$/);
});

test('garbage behind a request leaves it its answer, and the connection ends with it', async () => {
  const { port } = await serve({ product: { deadlineMs: 300 } });
  const garbage = ' HTTP/1.1\r\nHost: x\r\n\r\nGARBAGE\r\n\r\n';
  assert.deepEqual(jsonOf(await raw(port, `GET /query${garbage}`)), { found: true });
  assert.match(await raw(port, `GET /hang${garbage}`), /^HTTP\/1.1 500 /);
});

test('R12: a header over its bytes gets 431, a body over its bytes 413, and both are told to go', async () => {
  const { port } = await serve({ limits: { headerBytes: 2_048, bodyBytes: 1_024 } });
  const header = await raw(port, `GET /query HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(4_000)}\r\n\r\n`);
  assert.match(header, /^HTTP\/1.1 431 /);
  const post = 'POST /pay HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const announced = await raw(port, `${post}Content-Length: 1025\r\n\r\n`);
  assert.match(announced, /^HTTP\/1.1 413 /);
  const chunk = `400\r\n${'1'.repeat(1_024)}\r\n`;
  const chunked = await raw(port, `${post}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}`);
  assert.match(chunked, /^HTTP\/1.1 413 /);
});

test('a body of exactly the allowed bytes is served', async () => {
  const { url } = await serve({ limits: { bodyBytes: 1_024 } });
  const body = JSON.stringify('x'.repeat(1_022));
  const response = await fetch(`${url}/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  assert.equal(response.status, 200);
});

test('R12: a thousand clients that send a byte now and then hold no place, and are sent away', async () => {
  const { port, url, metric } = await serve({ limits: { headersTimeoutMs: 400, requestTimeoutMs: 600 } });
  const body =
    'POST /pay HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"';
  const slow = Array.from({ length: 1_000 }, (_, n) =>
    raw(port, n % 2 === 0 ? 'GET /query HTTP/1.1\r\nHo' : body),
  );
  await until('all are connected', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/query`)));
    assert.ok(answers.every(({ status }) => status === 200));
    return true;
  });
  assert.match((await metric('http_server_active_requests{http_route="/pay"}')) ?? ' 0', / 0$/);
  const answers = await Promise.all(slow);
  assert.ok(answers.every((answer) => answer.startsWith('HTTP/1.1 408 Request Timeout')));
  assert.equal((await fetch(`${url}/query`)).status, 200);
});

test('R12: connections over the bound are closed at once, and one that leaves makes room', async () => {
  const { port, url } = await serve({ limits: { maxConnections: 5 } });
  const kept = Array.from({ length: 5 }, () => connect(port, '127.0.0.1'));
  await Promise.all(kept.map((socket) => once(socket, 'connect')));
  await until('the bound is reached', async () => (await raw(port, 'GET /query HTTP/1.1\r\n')) === '');
  for (const socket of kept) socket.destroy();
  await until('there is room', () =>
    fetch(`${url}/query`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
});

test('R13: a drain finishes what has begun, answers what comes in on open connections, and then ends', async () => {
  const { server, port, url, hanging } = await serve();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const get = (path: string, through?: Agent) =>
    new Promise<{ status: number | undefined; connection: string | undefined }>((resolve, reject) => {
      httpRequest(`${url}${path}`, { agent: through }, (response) => {
        response
          .resume()
          .once('end', () =>
            resolve({ status: response.statusCode, connection: response.headers.connection }),
          );
      })
        .once('error', reject)
        .end();
    });
  assert.equal((await get('/query', agent)).connection, 'keep-alive');
  const begun = get('/hang');
  await until('it is being served', () => hanging.length === 1);
  const drained = server.drain(Deadline.in(20_000));
  assert.deepEqual(await get('/query', agent), { status: 200, connection: 'close' });
  await until('no new connection is taken', () =>
    raw(port, 'GET /query HTTP/1.1\r\n\r\n').then((answer) => answer === ''),
  );
  hanging[0]?.({ done: true });
  assert.deepEqual(await begun, { status: 200, connection: 'close' });
  assert.deepEqual(await drained, { cut: 0 });
});

test('R1: a drain ends at its deadline, whatever still runs', async () => {
  const { server, url, hanging } = await serve();
  const cut = assert.rejects(fetch(`${url}/hang`));
  await until('it is being served', () => hanging.length === 1);
  assert.deepEqual(await server.drain(Deadline.in(100)), { cut: 1 });
  await cut;
});
