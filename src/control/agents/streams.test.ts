import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, test } from 'node:test';
import { until } from '../../../test/until.ts';
import { createStreams } from './streams.ts';

const streams = createStreams();
const server = createServer((request, response) => {
  const instance = request.url?.slice(1) ?? '';
  streams.open({ service: 'shop', environment: 'production', instance }, response);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => {
  streams.close();
  server.close();
});

function agent(instance: string) {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET /${instance} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return socket;
}

test('R12: an agent that does not read is cut when its buffer is full; the others get everything', async () => {
  const [deaf, good] = [agent('deaf'), agent('good')];
  let read = 0;
  good.on('data', (chunk) => {
    read += chunk.length;
  });
  await until('both follow', () => streams.size === 2);
  deaf.pause();
  const text = `data: ${'x'.repeat(100_000)}\n\n`;
  let sent = 0;
  await until(
    'the deaf one is cut',
    () => {
      if (streams.send('shop', 'good', text)) sent += text.length;
      streams.send('shop', 'deaf', text);
      return streams.cut === 1;
    },
    { everyMs: 1 },
  );
  await until('the good one has read all', () => read >= sent);
  await until('it is gone', () => streams.size === 1);
  assert.equal(streams.send('shop', 'deaf', text), false);
  good.destroy();
});

test('R10: a stream is never silent for longer than an agent bears', async () => {
  const socket = agent('idle');
  let alive = 0;
  socket.on('data', (chunk) => {
    alive += chunk.toString().split(': alive').length - 1;
  });
  await until('it was told three times that control lives', () => alive >= 3, { deadlineMs: 4_000 });
  socket.destroy();
});

test('an instance that connects again takes the place of its old stream', async () => {
  const old = agent('twice').resume();
  await until('the old one is open', () => streams.send('shop', 'twice', ': x\n\n'));
  const young = agent('twice').resume();
  await until('the old one is closed', () => old.destroyed);
  assert.equal(streams.send('shop', 'twice', 'data: 1\n\n'), true);
  young.destroy();
});
