import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import { until } from '../../../test/until.ts';
import {
  agentPaths,
  type ControlEvent,
  controlEventText,
  type NumberedMessage,
  type Report,
  wireLimits,
} from '../../rollout/protocol.ts';
import { counterReader, newSharedCounters } from '../thread/counters.ts';
import { monotonicMs } from '../thread/monotonic.ts';
import type { InstanceView } from './instance-view.ts';
import { createLink } from './link.ts';
import { createTransport } from './transport.ts';

const view: InstanceView = {
  phase: 'steady',
  running: null,
  good: null,
  rollout: null,
  coming: null,
  stretches: [],
  ring: [],
  order: 0,
  undone: [],
};
const booted: NumberedMessage = {
  seq: 1,
  at: 0,
  message: { type: 'booted', hash: null, passedOver: [] },
};
const undo: ControlEvent = { type: 'undo', rollout: null, from: 'sha256:x', to: null };

/** A server of which the test says what the stream gets; reports are answered well. */
async function server(onStream: (response: ServerResponse, nth: number) => void) {
  const sockets = new Set<Socket>();
  const seen = { streams: 0, reports: 0, openedAt: [] as number[], said: [] as Report[] };
  const http: Server = createServer((request, response) => {
    if (request.url?.startsWith(agentPaths.stream)) {
      seen.streams += 1;
      seen.openedAt.push(monotonicMs());
      return onStream(response, seen.streams);
    }
    seen.reports += 1;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.said.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.end('{"acknowledged":0}');
    });
  });
  http.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  after(() => {
    cut();
    http.close();
  });
  // A listening TCP server has a port.
  const { port } = http.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { url: `http://127.0.0.1:${port}`, seen, cut };
}

function linkTo(url: string | string[], firstBeat = 1_000, first: Partial<InstanceView> = {}) {
  const events: { event: ControlEvent; sentAt: number }[] = [];
  const faults: string[] = [];
  const id = { service: 'rates', environment: 'production', instance: 'api-1', cell: 'a' };
  const link = createLink(
    {
      transport: createTransport({ url, token: 't' }, id),
      id,
      boot: 'boot',
      fleetSize: 1,
      firstBeat,
      endings: [],
      schemas: ['rates/1'],
      log: 'log',
      counters: counterReader(newSharedCounters()),
      now: monotonicMs,
      stalledMs: () => 0,
      onEvent: async (event, sentAt) => void events.push({ event, sentAt }),
      onAcknowledged: () => {},
      onUnderWay: () => {},
      onContact: ({ part, ok, reason }) => void (ok || faults.push(`${part}: ${reason}`)),
    },
    { view: { ...view, ...first }, pending: [booted] },
  );
  after(() => link.close());
  return { link, events, faults };
}

function open(response: ServerResponse): ServerResponse {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  return response;
}

describe('the link with control', { concurrency: 4 }, () => {
  test('R10: a stream that falls silent is dead, and opened again', async () => {
    const { url, seen } = await server((response) => open(response).write(':\n\n'));
    const { faults } = linkTo(url);
    await until('the stream is opened again', () => seen.streams > 1);
    assert.match(faults[0] ?? '', /stream: the next event: deadline exceeded/);
    const [first = 0, second = 0] = seen.openedAt;
    assert.ok(second - first >= wireLimits.silenceMs);
  });

  test('the first report comes when the instance has booted, and tells all that waits', async () => {
    const { url, seen } = await server((response) => open(response));
    const { link } = linkTo(url, 1_000, { phase: 'down' });
    await until('the stream is open', () => seen.streams > 0);
    assert.equal(seen.reports, 0);
    link.view(view);
    await until('it reports', () => seen.said.length > 0);
    const [first] = seen.said;
    assert.deepEqual([first?.phase, first?.messages], ['steady', [booted]]);
  });

  test('R1: a control that accepts and never answers keeps nobody, and is tried again', async () => {
    let asked = 0;
    const silent = createServer(() => {
      asked += 1;
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    after(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const { port } = silent.address() as AddressInfo;
    const { link, faults } = linkTo(`http://127.0.0.1:${port}`);
    await until('stream and report were given up', () => faults.length >= 2);
    await until('both were tried again', () => asked >= 4);
    await link.close();
  });

  test('what is too long, too deep, of another form or unknown is passed over, and undo after it arrives', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const bad = [
      `data: ${deep}\n\n`,
      'data: {"type":"self_destruct"}\n\n',
      'data: {"type":"undo","from":7}\n\n',
      'data: nothing like JSON\n\n',
    ];
    const { url, seen } = await server((response, nth) => {
      if (nth === 1) open(response).write(`data: ${'x'.repeat(wireLimits.eventBytes + 1)}\n\n`);
      else open(response).write(bad.join('') + controlEventText(undo, 3));
    });
    const { events, faults } = linkTo(url);
    await until('the undo is here', () => events.length > 0);
    assert.deepEqual(faults, [`stream: an event of more than ${wireLimits.eventBytes} bytes`]);
    assert.deepEqual(
      events.map(({ event }) => event),
      [undo],
    );
    assert.equal(seen.streams, 2, 'only the one that was too long ended its stream');
  });

  test('R5: a renewal counts from its beat; one for a beat that was never sent is none', async () => {
    const renewal = (beat: number): ControlEvent => ({
      type: 'renewal',
      renewal: {
        body: { kind: 'imara.renewal/1', rollout: 'r', hash: 'h', instance: 'api-1', beat, leaseMs: 1_000 },
        key: 'control',
        signature: '',
      },
    });
    const { url, seen } = await server(async (response) => {
      await until('a few beats are in', () => seen.reports > 2);
      open(response).write([1, 1_001, 9_999_999].map((beat) => controlEventText(renewal(beat))).join(''));
      response.write(controlEventText(undo));
    });
    const began = monotonicMs();
    const { events } = linkTo(url);
    await until('the undo after them is here', () => events.some(({ event }) => event.type === 'undo'));
    const renewals = events.filter(({ event }) => event.type === 'renewal');
    assert.equal(renewals.length, 1);
    const [{ sentAt } = { sentAt: 0 }] = renewals;
    assert.ok(sentAt >= began && sentAt < monotonicMs());
  });

  test('of several control processes the one that leads is found, and found again when another leads', async () => {
    const leads = { a: false, b: true };
    const processes = await Promise.all(
      (['a', 'b'] as const).map((name) =>
        server((response) => {
          if (leads[name]) open(response).write(controlEventText({ ...undo, from: name }));
          else response.writeHead(503).end();
        }),
      ),
    );
    const { events } = linkTo(processes.map(({ url }) => url));
    const heard = (name: string) => () =>
      events.some(({ event }) => event.type === 'undo' && event.from === name);
    await until('b is heard', heard('b'));
    Object.assign(leads, { a: true, b: false });
    processes[1]?.cut();
    await until('a is heard', heard('a'));
  });

  test('a thousand agents that lose control do not come back at once: waits grow, and are drawn', async () => {
    const { url, seen } = await server((response) => response.destroy());
    linkTo(url);
    await until('it has tried five times', () => seen.streams >= 5);
    const waits = seen.openedAt.slice(1).map((at, index) => at - (seen.openedAt[index] ?? 0));
    assert.ok((waits[3] ?? 0) > (waits[0] ?? 0), waits.join(' '));
  });
});
