import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { homeOf } from '../../supervisor/home/home.ts';
import { downStatus, type Instance, type Status } from '../../supervisor/status.ts';
import { exitCodeOf, findingText } from './finding.ts';
import { look, type Situation } from './look.ts';
import { processes } from './processes.ts';

const situation = (status: Status = downStatus, timeoutMs = 1_000): Situation => ({
  home: homeOf({ IMARA_HOME: '/nowhere' }),
  status,
  timeoutMs,
  control: () => Promise.reject(new Error('there is no control here')),
});

const api: Instance = {
  name: 'api-1',
  service: 'api',
  environment: 'production',
  cell: 'cell-1',
  pid: 1,
  admin: null,
  direct: null,
  release: null,
  state: 'ready',
  restarts: 0,
  restartReason: null,
};

async function admin(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const up = (...instances: Instance[]): Status => ({ ...downStatus, state: 'ready', instances });

test('R10: what cannot be looked at is not good, and keeps nobody waiting', async () => {
  const broken = { name: 'a', title: 'the a', look: () => Promise.reject(new Error('it broke')) };
  const endless = { name: 'b', title: 'the b', look: () => new Promise<never>(() => {}) };
  const findings = await look([broken, endless], situation(downStatus, 50));
  assert.deepEqual(
    findings.map(({ name, severity, what, why }) => [name, severity, what, why]),
    [
      ['a', 'bad', 'the a could not be looked at', 'it broke'],
      ['b', 'bad', 'the b could not be looked at', 'nothing was found within 0.05 s'],
    ],
  );
  assert.equal(exitCodeOf(findings), 6);
});

test('only what is bad asks for somebody', () => {
  const finding = (severity: 'good' | 'note' | 'bad') => ({ name: 'x', severity, what: 'x' });
  assert.equal(exitCodeOf([]), 0);
  assert.equal(exitCodeOf([finding('good'), finding('note')]), 0);
  assert.equal(exitCodeOf([finding('good'), finding('bad')]), 6);
});

test('a process that is not ready says which part is missing, and what to do', async (t) => {
  const checks = { process: { ready: true }, database: { ready: false, reason: 'no answer for 3 s' } };
  const url = await admin(t, (_request, response) =>
    response.writeHead(503).end(JSON.stringify({ ready: false, checks })),
  );
  const findings = await look([processes], situation(up({ ...api, admin: url })));
  assert.deepEqual(findings.slice(1), [
    {
      name: 'process.api-1.database',
      severity: 'bad',
      what: 'api-1 is not ready: database',
      why: 'no answer for 3 s',
      fix: 'See `npx imara logs api-1`.',
    },
  ]);
  assert.match(
    findings.map(findingText).join('\n'),
    /✗ api-1 is not ready: database\n {4}no answer for 3 s\n {4}See `npx imara logs api-1`\./,
  );
});

test('R10: a process that is silent, or never comes up, is not good; one that is on its way needs nobody', async (t) => {
  const silent = await admin(t, () => {});
  const findings = await look(
    [processes],
    situation(
      up(
        { ...api, admin: silent },
        { ...api, name: 'api-2', state: 'crash-looping' },
        { ...api, name: 'api-3', state: 'starting' },
        { ...api, name: 'api-4', state: 'stopping', admin: silent },
      ),
      100,
    ),
  );
  assert.deepEqual(
    findings.slice(1).map(({ name, severity, what }) => [name, severity, what]),
    [
      ['process.api-1', 'bad', 'api-1 does not answer'],
      ['process.api-2', 'bad', 'api-2 is crash-looping'],
      ['process.api-3', 'note', 'api-3 is starting'],
      ['process.api-4', 'note', 'api-4 is stopping'],
    ],
  );
});
