import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fakeControl } from './fake-control.ts';
import { until } from './until.ts';

test('the example of the guide: a dead address is refused by key and cause, a good one is taken and proved', async () => {
  const upstream = createServer((_, response) => response.end('129.5'));
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  after(() => upstream.close());
  const address = upstream.address();
  assert.ok(address !== null && typeof address === 'object');

  const control = await fakeControl({
    service: 'quotes',
    schema: 'quotes/1',
    environment: 'production',
    instance: 'quotes-1',
  });
  after(() => control.stop());
  const directory = await mkdtemp(join(tmpdir(), 'imara-example-'));
  const keys = join(directory, 'keys.json');
  await writeFile(keys, JSON.stringify(control.trustedKeys));

  const service = spawn(process.execPath, ['examples/agent/service.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      CONTROL_URL: control.url,
      CONTROL_TOKEN: control.token,
      TRUSTED_KEYS: keys,
      AGENT_DIRECTORY: join(directory, 'agent'),
      IMARA_LOG_LEVEL: 'silent',
    },
  });
  after(() => service.kill('SIGKILL'));
  const [line] = await new Promise<string[]>((resolve) =>
    createInterface(service.stdout).once('line', (first) => resolve([first])),
  );
  const { port }: { port: number } = JSON.parse(line ?? '');
  const ask = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
  await until('control hears that it is steady', () => control.reports.at(-1)?.phase === 'steady');
  assert.equal(await ask(), 'no rate\n');

  const document = { timeoutMs: 500, attempts: 2 };
  control.offer(control.release({ ...document, upstream: 'http://127.0.0.1:1' }));
  const refused = await control.told('refused');
  assert.equal(refused.key, 'upstream');
  assert.match(refused.cause, /http:\/\/127\.0\.0\.1:1 does not answer/);

  const good = control.offer(control.release({ ...document, upstream: `http://127.0.0.1:${address.port}` }));
  await control.told('taken');
  assert.equal(await ask(), '129.5\n');
  await until('control hears of it', () => (control.reports.at(-1)?.counts[0]?.live.good ?? 0) > 0);
  control.prove(good);
  await control.told('in_ring');

  service.kill('SIGTERM');
  const status = await new Promise((resolve) => service.on('exit', resolve));
  assert.equal(status, 0);
});
