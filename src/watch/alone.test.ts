import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../test/until.ts';
import { alone, program, receiver, serve } from '../../test/watch/alone.ts';
import type { Incident } from './incident/incident.ts';
import { openLogFile } from './journal/log-file.ts';
import { verify } from './journal/verify.ts';
import { loadSettings } from './settings/load.ts';
import type { WatchState } from './state.ts';
import { startWatch } from './watch.ts';

// What befalls the watch, or what it watches, one fault a test: each with a watch of its own.

/** What is promised, and how much longer a machine may take that runs a suite beside it. */
const HANG_MS = 3_000;
const GENEROUS = 4;

/** A target that is well until the test says otherwise. */
async function shop() {
  const mind = { well: true };
  const { url } = await serve((_, response) => response.writeHead(mind.well ? 200 : 503).end());
  const target = { kind: 'http', name: 'shop', url: `${url}/`, everyMs: 100, timeoutMs: 1_000 };
  return { mind, target };
}

async function onDuty() {
  const duty = await receiver();
  const channels = [{ kind: 'webhook', name: 'duty', url: duty.url, secretFile: 'secret' }];
  return { duty, settings: { channels, routes: { page: [{ channels: ['duty'] }] } } };
}

for (const [told, what, symptom] of [
  ['hang', 'an event loop that stands still', 'heartbeat'],
  ['never', 'promises that never settle', 'silence'],
] as const) {
  test(`R10: ${what}: a page within 3 s`, async (t) => {
    const instance = program(join(import.meta.dirname, '..', '..', 'test', 'watch', 'instance.ts'));
    const [{ port }] = (await once(instance, 'message')) as [{ port: number }];
    let looks = 0;
    instance.on('message', () => {
      looks += 1;
    });
    const { duty, settings } = await onDuty();
    const admin = `http://127.0.0.1:${port}`;
    const instances = [{ name: 'api-1', service: 'api', admin }];
    const { child } = await (await alone(`watch-${told}`, { ...settings, instances })).start();
    await until('it has been looked at for a while', () => looks > 10);
    assert.deepEqual(duty.got, []);
    const at = performance.now();
    instance.send(told);
    const [page] = await until(
      'the page has arrived',
      () => duty.of('raised').length > 0 && duty.of('raised'),
      {
        deadlineMs: GENEROUS * HANG_MS,
      },
    );
    t.diagnostic(`${Math.round(performance.now() - at)} ms: ${page?.message.alarm.evidence}`);
    assert.deepEqual([page?.message.alarm.symptom, page?.message.alarm.severity], [symptom, 'page']);
    instance.kill('SIGKILL');
    child.kill('SIGKILL');
  });
}

test('R10: left behind by its supervisor it pages for that, then ends; a supervisor that said so is not missed', async () => {
  const { duty, settings } = await onDuty();
  const { mind: _, target } = await shop();
  const watch = await alone('watch-left', { ...settings, targets: [target], outliveMs: 6_000 });
  const beat = (more: object) => ({ from: 'supervisor of here', withinMs: 1_000, ...more });

  const left = await watch.start();
  assert.equal((await left.ask('/beat', beat({}))).status, 200);
  const ended = once(left.child, 'exit');
  left.child.disconnect();
  const [page] = await until('the page has arrived', () => duty.of('raised').length > 0 && duty.of('raised'));
  assert.match(page?.message.alarm.evidence ?? '', /^supervisor of here was not heard of for /);
  assert.deepEqual([left.child.exitCode, left.child.signalCode], [null, null], 'it is still there');
  assert.deepEqual(await ended, [0, null]);
  const stopped = (await watch.entries()).findLast(({ kind }) => kind === 'watch.stopped');
  assert.ok(stopped !== undefined && stopped.at > (page?.message.at ?? 0));

  const pages = duty.of('raised').length;
  const next = await watch.start();
  await next.ask('/beat', beat({}));
  await next.ask('/beat', beat({ bye: true }));
  const over = once(next.child, 'exit');
  next.child.disconnect();
  assert.deepEqual(await over, [0, null]);
  assert.equal(duty.of('raised').length, pages);
});

test('what the detectors have learnt is there after a restart; a broken file is passed over, and said', async () => {
  const { target } = await shop();
  const watch = await alone('watch-learns', { targets: [target] });
  const runOnce = async () => {
    const { child } = await watch.start();
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  const forgot = async () => (await watch.entries()).filter(({ kind }) => kind === 'watch.forgot');
  await runOnce();
  await runOnce();
  assert.deepEqual(await forgot(), []);
  const file = join(watch.journal, 'detectors.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"baselines":{', '"baselines":{ '));
  await runOnce();
  const [said] = await forgot();
  assert.match(said?.text ?? '', /is not used: it is not what was written\. They learn from the start/);
  await runOnce();
  assert.equal((await forgot()).length, 1, 'it is whole again');
});

test('what failed is exact once the books answer; until then the report says that it is not known yet', async () => {
  const { mind, target } = await shop();
  const { duty, settings } = await onDuty();
  const books = { answer: false, asked: [] as URL[] };
  const control = await serve((request, response) => {
    const url = new URL(request.url ?? '', 'http://here');
    if (url.pathname === '/v1/journal') return void response.end('{"rows":[]}');
    books.asked.push(url);
    if (!books.answer) return void response.writeHead(503).end('{}');
    const impact = { failedPayments: 214, amountCents: '9007199254740993', merchants: 37, openPayments: 0 };
    response.end(JSON.stringify(impact));
  });
  const watch = await alone('watch-exact', {
    ...settings,
    targets: [target],
    clearAfterMs: 1_000,
    status: { path: 'status' },
    control: { url: control.url, tokenFile: 'token' },
  });
  const { ask, child } = await watch.start();
  mind.well = false;
  await until('the page has arrived', () => duty.of('raised')[0]);
  mind.well = true;
  await until('it is over', () => duty.of('resolved')[0]);
  const { incidents } = (await (await ask('/incidents')).json()) as { incidents: Incident[] };
  const [incident] = incidents;
  assert.ok(incident);
  await ask(`/incidents/${incident.id}/resolve`, { by: 'Amina', text: 'The shop is up.' });
  const report = (form: string) =>
    readFile(join(watch.folder, 'status', 'reports', `${incident.id}.${form}`), 'utf8');
  const before = await until('the report is there', () => report('regulator.json').catch(() => undefined));
  assert.equal(JSON.parse(before).customers.failedPayments, null);
  assert.match(await report('html'), /not known yet/);
  await until('the books were asked', () => books.asked.length > 0);
  books.answer = true;
  const after = await until('the report is in exact numbers', async () => {
    const text = await report('md');
    return text.includes('By the books') && text;
  });
  assert.match(
    after,
    /By the books 214 payments that were taken in this time failed: KES 90,071,992,547,409\.93, of 37 merchants\./,
  );
  const { incidents: known } = (await (await ask('/incidents')).json()) as { incidents: Incident[] };
  const period = Object.fromEntries(books.asked.at(-1)?.searchParams ?? []);
  assert.deepEqual(period, {
    from: new Date(incident.onset).toISOString(),
    to: new Date(known[0]?.clearSince ?? 0).toISOString(),
  });
  const asked = books.asked.length;
  await until('a while has passed', async () =>
    (await watch.entries()).some(({ kind }) => kind === 'impact.exact'),
  );
  assert.equal(books.asked.length, asked, 'once they have answered they are left alone');
  child.kill('SIGKILL');
});

test('a row of its journal that was changed is named; the view of the others is the same as before', async () => {
  const { mind, target } = await shop();
  const { duty, settings } = await onDuty();
  const watch = await alone('watch-proved', { ...settings, targets: [target] });
  const { ask, child } = await watch.start();
  mind.well = false;
  await until('the page has arrived', () => duty.of('raised')[0]);
  await until('its delivery is written', async () =>
    (await watch.entries()).some(({ kind }) => kind === 'alert.delivered'),
  );
  const view = async () => {
    const { incidents } = (await (await ask('/incidents')).json()) as { incidents: Incident[] };
    const answer = await ask(`/incidents/${incidents[0]?.id}/report`);
    const { report } = (await answer.json()) as { report: { timeline: object[] } };
    return report.timeline;
  };
  const verified = async () =>
    (await ask('/journal/verify')).json() as Promise<Awaited<ReturnType<typeof verify>>>;
  const before = await view();
  assert.equal((await verified()).ok, true);
  assert.deepEqual((await view()).slice(0, before.length), before);
  const raised = (await watch.entries()).find(({ kind }) => kind === 'alarm.raised');
  assert.ok(raised);
  const file = join(watch.journal, 'journal-000000000001.jsonl');
  const text = await readFile(file, 'utf8');
  const line = text.split('\n').find((one) => one.includes(raised.hash)) ?? '';
  await writeFile(file, text.replace(line, line.replace(`"at":${raised.at}`, `"at":${raised.at - 60_000}`)));
  const found = await verified();
  assert.deepEqual(
    [found.ok, 'sequence' in found && found.sequence, 'reason' in found && found.reason],
    [false, raised.sequence, 'was changed after it was written'],
  );
  child.kill('SIGKILL');
});

/** The device that is always full: what is written to it fails as on a full disk. */
const FULL = '/dev/full';
const full = await open(FULL, 'a').catch((): FileHandle | undefined => undefined);

test('with a full disk it checks, decides and alarms, and says so; what is missing is written when there is room', {
  skip: full === undefined && `this system has no ${FULL}`,
}, async (t) => {
  const { mind, target } = await shop();
  const { duty, settings } = await onDuty();
  const { settingsFile, journal, entries } = await alone('watch-full', { ...settings, targets: [target] });
  let isFull = false;
  const watch = await startWatch(await loadSettings([settingsFile]), Date.now, {
    retryMs: 50,
    openFile: (path) =>
      openLogFile(path, (handle, bytes) => (isFull && full ? full : handle).appendFile(bytes)),
  });
  t.after(() => watch.close());
  const token = { headers: { authorization: 'Bearer token-of-this-test' } };
  const state = async () => (await (await fetch(`${watch.url}/state`, token)).json()) as WatchState;
  await until('a check has ended', async () => (await state()).lastCheckAt ?? undefined);
  isFull = true;
  mind.well = false;
  const page = await until('the page has arrived', () => duty.of('raised')[0]);
  assert.equal(page.message.journalled, false);
  assert.match((await state()).journal.error ?? '', /ENOSPC/);
  const before = (await state()).lastCheckAt ?? 0;
  await until('checks go on', async () => ((await state()).lastCheckAt ?? 0) > before);
  isFull = false;
  await until('what was missing is written', async () => {
    const kinds = (await entries()).map(({ kind }) => kind);
    return kinds.includes('alarm.raised') && kinds.includes('journal.late');
  });
  assert.equal((await verify(journal)).ok, true);
});

test('a clock that jumps raises nothing and ends nothing; it is written down, and what comes after is in the new time', async (t) => {
  const { mind, target } = await shop();
  const { duty, settings } = await onDuty();
  const { settingsFile, entries } = await alone('watch-jumps', {
    ...settings,
    targets: [target],
    clearAfterMs: 2_000,
  });
  let byMs = 0;
  const watch = await startWatch(await loadSettings([settingsFile]), () => Date.now() + byMs);
  t.after(() => watch.close());
  const jumped = async () => (await entries()).filter(({ kind }) => kind === 'clock.jumped');
  byMs = 3_600_000;
  await until('the jump is written', async () => (await jumped()).length === 1);
  assert.deepEqual(duty.got, []);
  mind.well = false;
  const page = await until('the page has arrived', () => duty.of('raised')[0]);
  assert.ok(page.message.alarm.onset >= Date.now() + byMs - 60_000, 'it began after the jump');
  byMs = -7_200_000;
  await until('the jump back is written', async () => (await jumped()).length === 2);
  assert.deepEqual(duty.of('resolved'), [], 'it is not over for that');
  mind.well = true;
  await until('it is over', () => duty.of('resolved')[0]);
  assert.equal(duty.of('raised').length, 1);
});
