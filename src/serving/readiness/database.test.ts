import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { cableTo } from '../../../test/control/cable.ts';
import { testDatabase } from '../../../test/database.ts';
import { until } from '../../../test/until.ts';
import { watchDatabase } from './database.ts';

const { url } = await testDatabase();
const quickly = { deadlineMs: 10_000 };

test('R10: ready while PostgreSQL answers; when it is gone it says since when and why, and is ready again by itself', async (t) => {
  const cable = await cableTo(url);
  const watch = watchDatabase({ url: cable.url, name: 'test' });
  t.after(() => watch.close());
  assert.equal(watch.verdict().ready, false, 'nothing is known yet');
  await until('it is ready', () => watch.verdict().ready, quickly);
  cable.cut();
  await until('it is not ready', () => !watch.verdict().ready, quickly);
  const verdict = watch.verdict();
  assert.match(
    verdict.ready ? '' : verdict.reason,
    /^PostgreSQL has not answered for \d+ s: Connection terminated/,
  );
  cable.mend();
  await until('it is ready again', () => watch.verdict().ready, quickly);
});

test('R10: a server that takes connections and says nothing is not ready', async (t) => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const bound = silent.address();
  const port = typeof bound === 'object' ? bound?.port : undefined;
  let now = 0;
  const watch = watchDatabase({ url: `postgres://nobody@127.0.0.1:${port}/none`, name: 'test' }, () => now);
  t.after(() => watch.close());
  now = 3_000;
  assert.deepEqual(watch.verdict(), {
    ready: false,
    reason: 'PostgreSQL has not answered for 3 s: no answer yet',
  });
});
