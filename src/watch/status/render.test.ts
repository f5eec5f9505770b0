import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daysOf, uptime } from './days.ts';
import { render } from './render.ts';
import type { ShownComponent, StatusState } from './state.ts';
import { asPosted, mailOf, webhookBody } from './subscribers.ts';
import { now, outage, quiet } from './testdata/states.ts';

const file = (state: StatusState, path: string, at = now): string => {
  const found = render(state, at).get(path);
  assert.ok(found !== undefined, `there is a ${path}`);
  return found;
};
const json = (state: StatusState, path: string) => JSON.parse(file(state, path));

test('R16: the page says what is down, since when, and when more will be said; all without a script', () => {
  const html = file(outage, 'index.html').replaceAll(/<script>.*?<\/script>/gs, '');
  for (const said of [
    'Part of the system is down',
    'Major outage',
    'A change is thought to be the cause and is being undone.',
    'Next update by <time datetime="2022-10-31T23:00:00.000Z"',
    'Achieng says so until',
    'payouts are slow, none is lost',
    'A new database for account balances',
    'detected after 35 min',
    '3 days with trouble',
  ]) {
    assert.ok(html.includes(said), said);
  }
});

test('a page is below 30 kB, also on the worst of days', () => {
  assert.ok(file(quiet, 'index.html').length < 15_000);
  const worst: StatusState = {
    ...outage,
    components: Array.from(
      { length: 12 },
      (_, n): ShownComponent => ({
        ...(outage.components[0] as ShownComponent),
        id: `c-${n}`,
        name: `A component with a long name ${n}`,
        intervals: Array.from({ length: 90 }, (_, day) => ({
          ...{ component: `c-${n}`, state: 'partial_outage' },
          from: now - day * 86_400_000 - 3_000_000,
          to: now - day * 86_400_000 - 1_000_000,
        })),
      }),
    ),
    incidents: outage.incidents.map((one) => ({
      ...one,
      updates: Array.from({ length: 200 }, (_, n) => ({
        at: now - n * 1000,
        phase: 'investigating' as const,
        text: 'word '.repeat(200),
        by: null,
        nextAt: null,
      })),
    })),
  };
  const size = Buffer.byteLength(file(worst, 'index.html'));
  assert.ok(size <= 30_000, `${size} bytes`);
});

test('its own age is shown: amber at 30 s, and at 120 s that nothing can be confirmed', () => {
  const age = (ms: number) =>
    /<p id="age".*?<\/p>/s.exec(file(quiet, 'index.html', quiet.checkedAt + ms))?.[0] ?? '';
  assert.match(age(29_000), /data-age="fresh"/);
  assert.match(age(30_000), /data-age="old"/);
  assert.match(age(120_000), /data-age="lost".*We cannot confirm this: the last check was 2 min ago/s);
});

test('the JSON has the shape of Statuspage, version 2', () => {
  const summary = json(outage, 'api/v2/summary.json');
  assert.deepEqual(Object.keys(summary), [
    'page',
    'components',
    'incidents',
    'scheduled_maintenances',
    'status',
    'generated_at',
  ]);
  assert.deepEqual(summary.status, { indicator: 'critical', description: 'Part of the system is down' });
  assert.equal(summary.incidents.length, 1);
  const [incident] = summary.incidents;
  assert.equal(incident.status, 'identified');
  assert.equal(incident.impact, 'critical');
  assert.equal(incident.started_at, '2022-10-31T21:00:00.000Z');
  assert.equal(incident.incident_updates[0].status, 'identified', 'the newest first');
  assert.deepEqual(
    incident.components.map((one: { id: string }) => one.id),
    ['stk-push'],
  );
  assert.equal(summary.scheduled_maintenances[0].status, 'in_progress');
  assert.equal(json(outage, 'api/v2/incidents.json').incidents.length, 2);
  assert.equal(json(outage, 'api/v2/incidents/unresolved.json').incidents.length, 1);
  assert.equal(json(quiet, 'api/v2/status.json').status.indicator, 'none');
  assert.equal(json(quiet, 'api/v2/components.json').components.length, 6);
  assert.equal(json(outage, 'api/v2/scheduled-maintenances.json').scheduled_maintenances.length, 1);
});

test('both feeds have the incidents, and what people wrote breaks neither them nor the page', () => {
  const title = '<script>alert(1)</script> & ]]> \u0000';
  const hostile = { ...outage, incidents: outage.incidents.map((one) => ({ ...one, title })) };
  for (const path of ['history.atom', 'history.rss', 'index.html', 'history.html']) {
    const said = file(hostile, path);
    assert.ok(said.includes('&lt;script&gt;alert(1)'), path);
    assert.ok(!said.includes('<script>alert'), path);
    assert.ok(!said.includes('\u0000'), path);
  }
  assert.equal(file(outage, 'history.atom').match(/<entry>/g)?.length, 2);
  assert.equal(file(outage, 'history.rss').match(/<item>/g)?.length, 2);
});

test('each day with trouble is a page that names it; the table behind the strip says what the strip shows', () => {
  const html = file(outage, 'components/stk-push.html');
  assert.equal(html.match(/<tr><th scope="row">/g)?.length, 90);
  assert.match(html, /<a href="..\/days\/2022-11-01.html">2022-11-01<\/a><td>Major outage<td>1 h 44 min/);
  const day = file(outage, 'days/2022-11-01.html');
  assert.match(day, /C2B<td>Partial outage/);
  assert.match(day, /history.html#inc-20221101-1/);
});

test('of days before it was watched nothing is claimed, and uptime is given by minutes and by requests', () => {
  const [stk] = outage.components;
  assert.ok(stk);
  assert.equal(daysOf(stk, now).filter(({ worst }) => worst === null).length, 9);
  const { minutes, requests } = uptime(stk, now);
  assert.ok(minutes < 1 && minutes > 0.99);
  assert.ok(requests !== null && requests < 1 && requests > 0.999);
  assert.ok(
    !file(outage, 'index.html').includes('100 % of the requests'),
    'one failure is never rounded away',
  );
});

test('an update is sent as it stood when it was posted, and mail has no line in its subject', () => {
  const [incident] = outage.incidents;
  assert.ok(incident);
  assert.ok(incident.updates.length > 1, 'others came after it');
  const [first] = incident.updates;
  const then = asPosted(outage, { subject: incident.id, at: first?.at ?? 0, text: first?.text ?? '' });
  assert.ok(then);
  const { page, incident: sent } = JSON.parse(webhookBody(outage, then, now));
  assert.deepEqual([page.id, sent.id, sent.status], [outage.page.id, incident.id, first?.phase]);
  assert.deepEqual(
    sent.incident_updates.map((one: { body: string }) => one.body),
    [first?.text],
  );
  assert.equal(asPosted(outage, { subject: incident.id, at: 1, text: 'never posted' }), undefined);
  const mail = mailOf(outage, { ...incident, title: 'a\r\nBcc: x' });
  assert.equal(mail.subject, '[Imara] identified: a Bcc: x');
  assert.match(mail.text, /Next update by 1 Nov 2022, 2:00:00 AM EAT/);
});

test('a component whose id is no file name gets no file of its own', () => {
  const [one] = outage.components;
  assert.ok(one);
  const paths = [...render({ ...outage, components: [{ ...one, id: '../../etc/passwd' }] }, now).keys()];
  assert.ok(paths.every((path) => !path.includes('..')));
});
