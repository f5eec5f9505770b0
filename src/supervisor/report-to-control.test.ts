import assert from 'node:assert/strict';
import { appendFile, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { test } from 'node:test';
import { type FleetEvent, reportToControl } from './report-to-control.ts';

test('R15: control is told what the journal has, in its order, once it is there; and is not told again', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'imara-tell-'));
  const [journal, reported, tokenFile] = ['restarts.jsonl', 'reported', 'token'].map((name) =>
    join(home, name),
  ) as [string, string, string];
  await writeFile(tokenFile, 'secret\n');
  const write = (entry: object) =>
    appendFile(journal, `${JSON.stringify({ at: '2026-11-23T09:00:00.000Z', ...entry })}\n`);
  let answer = 503;
  const heard: FleetEvent[] = [];
  const control = createServer(async (request, response) => {
    const { events } = (await json(request)) as { events: FleetEvent[] };
    assert.equal(request.headers.authorization, 'Bearer secret');
    if (answer === 200) heard.push(...events);
    response.writeHead(answer).end('{}');
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
  t.after(() => control.close());
  // A listening TCP server has a port.
  const { port } = control.address() as AddressInfo;
  const tell = () =>
    reportToControl({ journal, reported, tokenFile, url: `http://127.0.0.1:${port}`, machine: 'm-1' });

  await tell();
  await write({ event: 'requested', restart: 'r', reason: 'new kernel', allowedAway: {} });
  await write({ event: 'stage', restart: 'r', instance: 'api-1', stage: 'draining' });
  await write({ event: 'mode', restart: 'r', mode: 'paused', why: 'api-2 not healthy' });
  await assert.rejects(tell(), /503/);
  await write({ event: 'crash-loop', instance: 'api-2', pool: 'p', cause: 'ended with status 1' });
  await appendFile(journal, '{"at":"half a li');
  answer = 200;
  await tell();
  await tell();
  assert.deepEqual(
    heard.map(({ kind, data }) => [kind, data]),
    [
      ['restart_requested', { restart: 'r', reason: 'new kernel' }],
      ['restart_paused', { restart: 'r', why: 'api-2 not healthy' }],
      ['crash_loop', { instance: 'api-2', cause: 'ended with status 1' }],
    ],
  );
});
