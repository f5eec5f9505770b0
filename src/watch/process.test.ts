import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { until } from '../../test/until.ts';
import { alone, receiver, SECRET, serve, TOKEN } from '../../test/watch/alone.ts';
import { mailServer } from './channels/testdata/mail-server.ts';
import { signatureOf } from './channels/webhook.ts';
import type { Incident } from './incident/incident.ts';
import { verify } from './journal/verify.ts';
import type { WatchState } from './state.ts';

// The watch as a process, alone: no PostgreSQL, no control, no authentication server, and nothing of them in
// its settings. The targets are servers of this test.

const target = { well: true, port: 0 };
target.port = (await serve((_, response) => response.writeHead(target.well ? 200 : 503).end())).port;
/** Takes a connection and never answers. */
const hanging = await serve(() => {});
const duty = await receiver();
const stuck = await receiver();
stuck.mind.answers = false;
const post = await mailServer();
after(() => post.close());
/** Who has subscribed to the status page. */
const bank = await receiver();
bank.mind.answers = false;
/** Control, as far as the watch asks it: what changed half an hour ago. */
const pushedAt = new Date(Date.now() - 30 * 60_000).toISOString();
const control = await serve((request, response) => {
  const first = !request.url?.includes('after=');
  const row = {
    sequence: 7,
    at: pushedAt,
    actor: 'Brian',
    kind: 'release.pushed',
    subject: 'shop-4',
    data: {},
  };
  if (!request.url?.startsWith('/v1/journal?')) return void response.writeHead(404).end('{}');
  response.end(JSON.stringify({ rows: first ? [{ ...row, previous: '0', hash: 'h' }] : [] }));
});
const listener = await receiver();
const watched = await alone('watch-1', {
  status: { path: 'page', name: 'The shop' },
  clearAfterMs: 1_000,
  control: { url: `http://127.0.0.1:${control.port}`, tokenFile: 'token' },
  beats: [{ url: listener.url, tokenFile: 'token', everyMs: 500 }],
  targets: [
    { kind: 'http', name: 'shop', url: `http://127.0.0.1:${target.port}/`, everyMs: 100, timeoutMs: 1_000 },
    {
      kind: 'http',
      name: 'hanging',
      url: `http://127.0.0.1:${hanging.port}/`,
      everyMs: 100,
      timeoutMs: 10_000,
      severity: 'note',
    },
  ],
  mail: { host: '127.0.0.1', port: post.port, security: 'none', from: 'watch@imara.example' },
  channels: [
    { kind: 'smtp', name: 'mail', to: ['duty@imara.example', 'lead@imara.example'] },
    { kind: 'webhook', name: 'stuck', url: stuck.url, timeoutMs: 60_000 },
    { kind: 'webhook', name: 'duty', url: duty.url, secretFile: 'secret' },
  ],
  routes: { page: [{ channels: ['stuck', 'duty', 'mail'] }] },
  subscribers: [
    { kind: 'mail', name: 'merchant', to: 'merchant@shop.example' },
    { kind: 'webhook', name: 'bank', url: bank.url, secretFile: 'secret', timeoutMs: 60_000 },
  ],
});

/** As anybody asks, without a token; the path is sent as it is, with its dots. */
async function seen(base: string, path: string): Promise<{ status: number; type: string; text: string }> {
  const [response] = (await once(get(base, { path }), 'response')) as [IncomingMessage];
  let text = '';
  for await (const part of response) text += part;
  return { status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text };
}

const kinds = async () => (await watched.entries()).map(({ kind }) => kind);

test('R10 R11: alone, it alarms; what hangs delays nothing; killed in the middle it loses nothing and pages nobody twice', async () => {
  let watch = await watched.start();
  const state = async () => (await (await watch.ask('/state')).json()) as WatchState;
  await until('a check has ended', async () => (await state()).lastCheckAt ?? undefined);
  assert.equal((await fetch((await watch.ask('/livez')).url)).status, 200);
  assert.equal((await fetch((await watch.ask('/state')).url)).status, 401, 'without the token');
  const metricsUrl = (await watch.ask('/metrics')).url;
  assert.equal((await fetch(metricsUrl)).status, 401, 'without the token');
  assert.match(await (await watch.ask('/metrics')).text(), /^probe_success\{target="shop",vantage=""\} 1$/m);
  assert.deepEqual(await (await watch.ask('/prometheus/targets')).json(), [], 'nobody named an instance');

  await until('control’s journal is copied', async () => (await kinds()).includes('release.pushed'));
  control.server.close();
  control.server.closeAllConnections();
  target.well = false;
  await until('the page has arrived, though another receiver hangs', () => duty.of('raised')[0]);
  const [page] = duty.of('raised');
  assert.ok(page);
  assert.equal(page.message.alarm.severity, 'page');
  assert.match(
    page.message.alarm.evidence,
    /The probe of shop failed \d times in a row, for .* it answers 503/,
  );
  assert.equal(page.message.journalled, true);
  const [pushed] = page.message.changes;
  assert.equal(pushed?.subject, 'shop-4', 'known after control has died');
  assert.ok(pushed.secondsBeforeOnset >= 1_800);
  assert.match(page.message.command ?? '', /^npx imara undo --from shop-4 /);
  await until('anybody reads it', async () =>
    /The shop status.*Major outage/s.test((await seen(watch.url, '/')).text),
  );
  const beat = listener.got.at(-1);
  assert.match(beat?.body ?? '', /^\{"from":"watch-1","withinMs":1500,"version":/);
  assert.equal(beat?.headers.authorization, `Bearer ${TOKEN}`);
  const [id, timestamp] = [page.headers['webhook-id'], page.headers['webhook-timestamp']];
  assert.equal(page.headers['webhook-signature'], signatureOf(SECRET, `${id}`, `${timestamp}`, page.body));
  const before = (await state()).lastCheckAt ?? 0;
  await until('checks go on', async () => ((await state()).lastCheckAt ?? 0) > before);

  await until('the delivery is in the journal', async () => (await kinds()).includes('alert.delivered'));
  await until('the stuck receiver has been asked', () => stuck.got[0]);
  const mailTo = (address: string, about: RegExp) => () =>
    post.got.some(({ to, data }) => to.includes(address) && about.test(data));
  await until('the alarm is mailed', mailTo('lead@imara.example', /^Subject: PAGE raised: shop/m));
  await until('so is the update', mailTo('merchant@shop.example', /^Subject: \[The shop\] investigating:/m));
  const posted = await until('so has the subscriber', () => bank.got[0]);
  assert.deepEqual(
    [JSON.parse(posted.body).incident.status, posted.headers['webhook-signature']],
    [
      'investigating',
      signatureOf(
        SECRET,
        `${posted.headers['webhook-id']}`,
        `${posted.headers['webhook-timestamp']}`,
        posted.body,
      ),
    ],
  );
  watch.child.kill('SIGKILL');
  await once(watch.child, 'exit');
  // Before the next process asks: a request that is left hanging is tried again after a minute only.
  stuck.mind.answers = true;
  bank.mind.answers = true;
  watch = await watched.start();
  await until('who had not taken it gets it', () => stuck.got[1]);
  assert.equal(stuck.got[0]?.message.id, stuck.got[1]?.message.id, 'by the same id');
  const [open] = (await state()).alarms;
  assert.equal(open?.id, page.message.alarm.id, 'the alarm is the same one');
  const acknowledged = await watch.ask(`/alarms/${open?.id}/acknowledge`, { by: 'Amina' });
  assert.equal(acknowledged.status, 200);
  assert.equal((await state()).alarms[0]?.phase, 'acknowledged');

  const asked = (await (await watch.ask('/incidents')).json()) as { incidents: Incident[] };
  const [incident] = asked.incidents;
  assert.ok(incident);
  assert.deepEqual([asked.incidents.length, incident.phase, incident.taken], [1, 'investigating', null]);
  await watch.ask(`/incidents/${incident.id}/take`, { by: 'Amina' });
  await watch.ask(`/incidents/${incident.id}/note`, { by: 'Amina', text: 'The shop is down.' });
  target.well = true;
  await until('it is said that it is over', () => duty.of('resolved')[0]);
  assert.equal(duty.of('raised').length, 1, 'one page, over a kill');
  await until('the rest is written', async () => (await kinds()).includes('alarm.resolved'));
  await watch.ask(`/incidents/${incident.id}/resolve`, { by: 'Amina', text: 'The shop is up.' });
  const { markdown } = await until('its report is there', async () => {
    const answer = await watch.ask(`/incidents/${incident.id}/report`);
    const report = (await answer.json()) as { markdown: string };
    return /The shop is up/.test(report.markdown) && report;
  });
  assert.match(markdown, /shop-4/, 'what changed before it');
  await until('the subscriber hears of the end', () =>
    bank.got.some(({ body }) => JSON.parse(body).incident.status === 'resolved'),
  );
  const ids = bank.got.map(({ headers }) => headers['webhook-id']);
  assert.equal(ids[1], ids[0], 'what the kill cut off is brought by the next process');
  assert.equal(new Set(ids).size, ids.length - 1, 'each other update came once');
  assert.match(markdown, /The shop is down\./);
  const proved = await (await watch.ask(`/incidents/${incident.id}/verify`, { markdown })).json();
  assert.deepEqual(proved, { problems: [] });
  const exited = once(watch.child, 'exit');
  watch.child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
  const verified = await verify(watched.journal);
  assert.ok(verified.ok, JSON.stringify(verified));
  const written = await kinds();
  for (const kind of [
    'probe.failed',
    'alarm.raised',
    'alarm.acknowledged',
    'alarm.resolved',
    'update.delivered',
    'watch.stopped',
  ])
    assert.ok(written.includes(kind), kind);
  assert.equal(written.filter((kind) => kind === 'alarm.raised').length, 1);
});

test("R16: the status page is for anybody, with a person's word on it, and nothing else of the folder is", async () => {
  const watch = await watched.start();
  await until('the page is there', async () => (await seen(watch.url, '/')).status === 200);
  for (const [path, type, holds] of [
    ['/', 'text/html; charset=utf-8', 'The shop status'],
    ['/status/', 'text/html; charset=utf-8', 'The shop status'],
    ['/status/components/shop.html', 'text/html; charset=utf-8', 'shop'],
    ['/api/v2/summary.json', 'application/json', '"components"'],
    ['/history.atom', 'application/atom+xml; charset=utf-8', '<feed'],
    ['/history.rss?x=1', 'application/rss+xml; charset=utf-8', '<rss'],
  ] as const) {
    const { status, type: said, text } = await seen(watch.url, path);
    assert.deepEqual([status, said], [200, type], path);
    assert.ok(text.includes(holds), path);
  }
  assert.equal(
    (await fetch(`${watch.url}/status`)).url,
    `${watch.url}/status/`,
    'links are relative to a folder',
  );
  const word = { by: 'Amina', state: 'major_outage', reason: 'a person knows more', forMs: 60_000 };
  const told = await watch.ask('/components/shop/override', word);
  assert.deepEqual([told.status, await told.json()], [200, { id: 'shop', journalled: true }]);
  const work = { by: 'Amina', title: 'A new till', from: Date.now() + 60_000, to: Date.now() + 120_000 };
  assert.equal((await watch.ask('/planned', work)).status, 200);
  await until('both are on the page', async () =>
    /A new till.*Amina says so until .*a person knows more/s.test((await seen(watch.url, '/')).text),
  );
  assert.equal((await watch.ask('/components/nobody/override', word)).status, 404);
  assert.equal((await watch.ask('/components/shop/override', { ...word, reason: '' })).status, 400);
  assert.deepEqual((await kinds()).filter((kind) => /overridden|planned/.test(kind)).toSorted(), [
    'component.overridden',
    'work.planned',
  ]);
  await writeFile(join(watched.folder, 'page', '.hidden.json'), TOKEN);
  await writeFile(join(watched.folder, 'outside.json'), TOKEN);
  for (const path of [
    '/../outside.json',
    '/status/../../outside.json',
    '/status/..%2foutside.json',
    '//outside.json',
    '/.hidden.json',
    '/api/../../outside.json',
    '/index.html/../../outside.json',
    `/${join(watched.folder, 'outside.json')}`,
    '/nothing.html',
    '/state',
  ]) {
    const { status, text } = await seen(watch.url, path);
    assert.ok(status >= 400 && !text.includes(TOKEN), `${path}: ${status}`);
  }
});
