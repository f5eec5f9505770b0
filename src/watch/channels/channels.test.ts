import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { until } from '../../../test/until.ts';
import { entryOf } from '../alarm/journalled.ts';
import { noAlarms, step } from '../alarm/step.ts';
import type { Entry } from '../journal/entry.ts';
import { alertmanager } from './alertmanager.ts';
import { Channel, type Sent } from './channel.ts';
import { type Message, messageOf, textOf } from './message.ts';
import { slack } from './slack.ts';

const MINUTE = 60_000;
const onset = 10_000 * MINUTE;
const change = (
  minutesBefore: number,
  kind: string,
  release: string,
  source: Entry['source'] = 'config',
): Entry => ({
  at: onset - minutesBefore * MINUTE,
  source,
  kind,
  subject: release,
  actor: 'Brian',
  text: `${release} was pushed.`,
  ids: { release },
});
const recent = [
  change(90, 'release.pushed', 'shop-1'),
  change(35, 'release.pushed', 'shop-4'),
  change(5, 'release.pushed', 'shop-5'),
  change(4, 'probe.failed', 'shop-5', 'probe'),
];

function message(release?: string): Message {
  const detection = {
    detector: 'cusum',
    symptom: 'errors',
    severity: 'page' as const,
    series: { service: 'api', product: 'stk', ...(release === undefined ? {} : { release }) },
    onset,
    at: onset + 2_000,
    score: 1.2,
    evidence: '12 of 50 requests failed.',
  };
  const policy = { clearAfterMs: 1, mostOpen: 1, chain: { page: [], ticket: [], note: [] } };
  const { effects } = step(noAlarms, { type: 'detected', detections: [detection] }, onset + 2_000, policy);
  const entries = effects.map((effect) => entryOf(effect, (at) => at));
  const made = messageOf(entries[0] as Entry, recent, 'watch-1', true);
  assert.ok(made);
  return made;
}

test('a page names what changed in the hour before, the likeliest first, and what undoes it', () => {
  const { changes, command, title } = message('shop-4');
  assert.deepEqual(
    changes.map(({ subject, secondsBeforeOnset }) => [subject, secondsBeforeOnset]),
    [
      ['shop-4', 2_100],
      ['shop-5', 300],
    ],
  );
  assert.equal(command, `npx imara undo --from shop-4 --reason 'alarm ${message('shop-4').alarm.id}'`);
  assert.match(message().command ?? '', /--from shop-5 /, 'where no release is known: the last');
  assert.equal(title, 'PAGE raised: api (product stk, release shop-4) errors');
  const text = textOf(message('shop-4'));
  assert.match(text, /12 of 50 requests failed\.\n.*alarm .*\(2\.0 s later\)/);
  assert.match(text, /2100 s before onset: release\.pushed shop-4 by Brian: shop-4 was pushed\./);
});

test('Slack and Alertmanager get what they take', async () => {
  const got: { url: string | undefined; body: ReturnType<typeof JSON.parse> }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      got.push({ url: request.url, body: JSON.parse(body) });
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { signal } = new AbortController();
  await slack(`${url}/services/x`)(message('shop-4'), signal);
  await alertmanager(`${url}/`)(message('shop-4'), signal);
  await alertmanager(url)({ ...message('shop-4'), what: 'resolved', at: onset + MINUTE }, signal);
  assert.deepEqual(
    got.map((one) => one.url),
    ['/services/x', '/api/v2/alerts', '/api/v2/alerts'],
  );
  assert.match(got[0]?.body.text, /^PAGE raised/);
  assert.equal(got[0]?.body.attachments[0].color, 'danger');
  const [[raised], [resolved]] = [got[1]?.body, got[2]?.body];
  assert.equal(raised.labels.alertname, 'ImaraErrors');
  assert.deepEqual(resolved.labels, raised.labels, 'one alert by its labels');
  assert.equal(resolved.endsAt, new Date(onset + MINUTE).toISOString());
  assert.ok(Date.parse(raised.endsAt) > Date.parse(resolved.endsAt));
});

test('a channel tries again, in order, and gives up what is refused for good', async () => {
  const sent: Sent[] = [];
  let attempts = 0;
  const channel = new Channel({
    name: 'duty',
    queue: 'alert duty',
    timeoutMs: 30,
    attempts: 3,
    retryMs: 1,
    ended: (one) => void sent.push(one),
    async transport({ id }, signal) {
      attempts += 1;
      if (id === 'first' && attempts < 3) throw new Error('not yet');
      if (id === 'hangs') await once(signal, 'abort');
    },
  });
  after(() => channel.close());
  for (const id of ['first', 'hangs', 'last']) channel.put({ ...message(), id });
  await until('all have ended', () => sent.length === 3);
  assert.deepEqual(
    sent.map(({ message: { id }, delivered, attempts: tries }) => [id, delivered, tries]),
    [
      ['first', true, 3],
      ['hangs', false, 3],
      ['last', true, 1],
    ],
  );
  assert.match(sent[1]?.reason ?? '', /longer than 30 ms/);
});
