import assert from 'node:assert/strict';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Alarm } from '../alarm/alarm.ts';
import { reading } from '../detect/testdata/traffic.ts';
import { ImpactCount } from '../impact.ts';
import { Incidents } from '../incidents.ts';
import type { Entry, Written } from '../journal/entry.ts';
import { verify } from '../report/verify.ts';
import { Publisher } from './publisher.ts';

const directory = await mkdtemp(join(tmpdir(), 'imara-status-'));
after(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));

const start = Date.UTC(2026, 10, 1, 9);
const series = { service: 'api', product: 'stk-push', release: '42' };
const data = { symptom: 'errors', severity: 'page', onset: start + 1000, series };
const raised: Entry = {
  at: start + 2000,
  source: 'alarm',
  kind: 'alarm.raised',
  subject: 'api',
  data,
  ids: { alarm: 'a-1', release: '42' },
};
const detection = {
  detector: 'cusum-1-10',
  symptom: 'errors',
  severity: 'page',
  series,
  onset: start,
  at: start,
  score: 2,
  evidence: '',
} as const;
const open: Alarm = {
  ...{ id: 'a-1', key: 'k', phase: 'raised', severity: 'page', detection, onset: start, raisedAt: start },
  ...{ lastSeenAt: start, countedFrom: start, level: 0, sentTo: [] },
};

/** A publisher on a clock that is moved, with its journal in memory. */
function begin(folder: string, journal: Written[] = []) {
  let now = journal.at(-1)?.at ?? start;
  let alarms: Alarm[] = [];
  const append = (entry: Entry) => {
    const written = { ...entry, sequence: journal.length + 1, previous: '', hash: 'h' };
    journal.push(written);
    publisher.written(written);
  };
  const incidents = new Incidents(append, () => now);
  const write = (entry: Entry) => {
    append(entry);
    incidents.seen(entry);
  };
  const impact = new ImpactCount(write, now);
  const publisher = new Publisher({
    page: { id: 'imara', name: 'Imara', url: 'http://127.0.0.1' },
    directory: folder,
    wall: () => now,
    append: write,
    incidents: () => incidents.all(),
    alarms: () => alarms,
    checkedAt: () => now,
  });
  for (const entry of journal) {
    publisher.seen(entry);
    incidents.restored(entry);
  }
  return {
    publisher,
    journal,
    incidents,
    append: write,
    alarms: (those: Alarm[]) => {
      alarms = those;
    },
    pass(seconds: number, bad = 0) {
      for (let second = 0; second < seconds; second += 1) {
        now += 1000;
        publisher.counted([reading(series, 50 - bad, bad)]);
        impact.count([reading(series, 50 - bad, bad)]);
        impact.tick(now, alarms.length > 0);
        incidents.tick();
        publisher.tick();
      }
    },
  };
}

const page = (folder: string, path = 'index.html') => readFile(join(folder, path), 'utf8');

test('R16: an alarm is public at once; when all is over, so is the report, and the next process knows it all', async () => {
  const folder = join(directory, 'whole');
  const one = begin(folder);
  one.pass(2);
  await one.publisher.publish();
  assert.match(await page(folder), /All systems operational/);

  one.alarms([open]);
  one.append(raised);
  one.pass(20, 25);
  await one.publisher.publish();
  const during = await page(folder);
  assert.match(during, /Major outage/);
  assert.match(during, /api: requests fail/);
  assert.match(during, /Next update by/);

  // A second process takes over in the middle, from the journal alone, and posts nothing twice.
  const second = join(directory, 'second');
  const two = begin(second, [...one.journal]);
  assert.deepEqual(two.incidents.all(), one.incidents.all());
  two.alarms([open]);
  two.pass(1, 25);
  assert.equal(two.journal.filter(({ kind }) => kind === 'incident.opened').length, 1);
  assert.equal(two.journal.filter(({ kind }) => kind === 'status.posted').length, 1);

  two.alarms([]);
  two.append({ ...raised, at: start + 40_000, kind: 'alarm.resolved' });
  for (let second = 0; second < 900 && two.incidents.all()[0]?.phase !== 'resolved'; second += 1) two.pass(1);
  await two.publisher.publish();
  const [incident] = two.incidents.all();
  assert.equal(incident?.phase, 'resolved');
  const id = incident?.id ?? '';
  const published = two.journal.find(({ kind }) => kind === 'report.published');
  assert.ok(published, `${two.publisher.error}`);
  assert.ok(published.at - (incident?.resolvedAt ?? 0) <= 60_000, 'the report is there within 60 s');
  const markdown = await page(second, `reports/${id}.md`);
  assert.match(markdown, /requests failed, at the peak 50 % of them/);
  assert.deepEqual(verify(id, markdown, two.journal), []);
  for (const form of ['html', 'json', 'regulator.json']) await access(join(second, `reports/${id}.${form}`));
  await two.publisher.publish();
  assert.match(await page(second, 'history.html'), new RegExp(`reports/${id}.html`));
});

test('a folder that cannot be written is said, and delays nothing', async () => {
  const one = begin('/dev/null/no-such-folder');
  one.append(raised);
  one.pass(3);
  await one.publisher.publish();
  assert.notEqual(one.publisher.error, null);
  assert.equal(one.incidents.all().length, 1);
});

test("a person's word is shown as hers until it is over, changes nothing that is measured, and outlives the process", async () => {
  const folder = join(directory, 'words');
  const one = begin(folder);
  one.pass(2);
  const { board } = one.publisher;
  const say = (entry: Entry | string | undefined) => {
    assert.ok(typeof entry === 'object', String(entry));
    one.append(entry);
    one.publisher.said(entry);
  };
  const word = { state: 'partial_outage', reason: 'payouts are <slow>', forMs: 60_000 };
  assert.equal(board.override('no such component', word, 'Amina'), undefined);
  assert.match(String(board.override('stk-push', { ...word, reason: ' ' }, 'Amina')), /needs a reason/);
  assert.match(String(board.override('stk-push', { ...word, state: 'fine' }, 'Amina')), /"state" must be/);
  assert.match(String(board.override('stk-push', { ...word, forMs: 90_000_000 }, 'Amina')), /within a day/);
  say(board.override('stk-push', word, 'Amina'));
  await one.publisher.publish();
  const shown = await page(folder);
  assert.match(shown, /Partial outage/);
  assert.match(shown, /Set by hand, since .*Amina says so until .*payouts are &lt;slow&gt;/s);
  assert.deepEqual(board.components()[0]?.intervals, [], 'it is no measured outage');

  const two = begin(join(directory, 'words again'), [...one.journal]);
  assert.equal(two.publisher.state().components[0]?.override?.by, 'Amina', 'the next process knows it');
  two.pass(61);
  assert.equal(two.publisher.state().components[0]?.state, 'operational', 'it is over by itself');
  say(board.release('stk-push', 'Amina'));
  assert.equal(one.publisher.state().components[0]?.state, 'operational', 'or by her');
  assert.equal(board.release('stk-push', 'Amina'), undefined);
});

test('planned work is on the page, its components are shown as worked on while it lasts, and it can be taken back', async () => {
  const folder = join(directory, 'planned');
  const one = begin(folder);
  one.pass(2);
  const { planned, board } = one.publisher;
  const at = start + 2_000;
  const work = { title: 'A new database', components: ['stk-push'], from: at + 5_000, to: at + 10_000 };
  const plan = (given: object) => planned.plan({ ...work, ...given }, 'Amina', 'work-1', at);
  assert.match(String(plan({ title: '' })), /"title"/);
  assert.match(String(plan({ to: at - 1 })), /ends in the future/);
  assert.match(String(plan({ to: at + 8 * 86_400_000 })), /within a week/);
  const entry = plan({});
  assert.ok(typeof entry === 'object');
  one.append(entry);
  one.publisher.said(entry);
  await one.publisher.publish();
  assert.match(await page(folder), /Planned work.*A new database/s);
  assert.equal(board.components()[0]?.state, 'operational', 'it has not begun');
  one.pass(6);
  assert.equal(board.components()[0]?.state, 'under_maintenance');
  one.pass(6);
  assert.equal(board.components()[0]?.state, 'operational');
  assert.equal(planned.cancel('work-1', 'Amina', at + 10_000), undefined, 'it is over');
  const two = begin(join(directory, 'planned again'), [...one.journal]);
  assert.deepEqual(
    two.publisher.state().planned.map(({ id }) => id),
    ['work-1'],
  );
  const cancelled = planned.cancel('work-1', 'Amina', at + 1_000);
  assert.ok(cancelled);
  one.publisher.said(cancelled);
  assert.deepEqual(one.publisher.state().planned, []);
});
