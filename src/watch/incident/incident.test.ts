import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../journal/entry.ts';
import { apply } from './apply.ts';
import { impactOfShare, uptimeIn } from './impact.ts';
import {
  type Cause,
  type Incident,
  type IncidentState,
  noIncidents,
  PHASES,
  type Phase,
  TRANSITIONS,
} from './incident.ts';
import { durationsOf, instantsOf } from './instants.ts';
import { step } from './step.ts';
import { suspectsOf } from './suspects.ts';
import { at, facts } from './testdata/november-2022.ts';
import { whole } from './testdata/whole.ts';
import { timelineOf } from './timeline.ts';
import { type View, viewOf } from './view.ts';

const ID = 'inc-20221101-1';
const journal = whole(facts, at(3, 10));
const view = (): View => {
  const found = viewOf(ID, journal);
  assert.ok(found);
  return found;
};
const posts = (one: Incident) => one.updates.map(({ phase }) => phase);

test('an incident opens by itself, at the moment of the alarm, and is published at the same moment', () => {
  const raised = facts.findIndex(({ kind }) => kind === 'alarm.raised');
  let state = noIncidents;
  for (const entry of facts.slice(0, raised)) state = step(state, { type: 'entry', entry }, entry.at).state;
  assert.deepEqual(state.incidents, {});
  const entry = facts[raised];
  assert.ok(entry);
  const { entries } = step(state, { type: 'entry', entry }, entry.at);
  assert.deepEqual(
    entries.map(({ kind, at }) => [kind, at]),
    [
      ['incident.opened', at(0, 35)],
      ['incident.graver', at(0, 35)],
      ['status.posted', at(0, 35)],
    ],
  );
});

test('it goes through its phases by what happens, and ends five minutes after the last alarm', () => {
  const { incident } = view();
  assert.equal(incident.phase, 'resolved');
  assert.equal(incident.resolvedAt, at(3, 5));
  assert.deepEqual([...new Set(posts(incident))], ['investigating', 'identified', 'monitoring', 'resolved']);
  assert.equal(incident.impact, 'critical');
});

test('while nobody has taken over, the machine keeps the promise of the next update itself', () => {
  const { incident } = view();
  for (const [index, { nextAt }] of incident.updates.entries()) {
    const next = incident.updates[index + 1];
    if (next === undefined) continue;
    assert.ok(nextAt !== null && next.at <= nextAt + 1000, `update ${index + 1} came as promised`);
  }
});

test('who has taken over is reminded when a promised update is late, once, and ends the incident', () => {
  const taken: Entry = {
    at: at(0, 40),
    source: 'person',
    kind: 'incident.taken',
    subject: ID,
    actor: 'achieng',
    ids: { incident: ID },
  };
  const all = whole([...facts, taken], at(4, 0));
  const late = all.filter(({ kind }) => kind === 'incident.late');
  assert.ok(late.length > 0);
  assert.equal(viewOf(ID, all)?.incident.phase, 'monitoring', 'the machine does not end it');
  const end: Entry = {
    at: at(4, 1),
    source: 'person',
    kind: 'status.posted',
    subject: ID,
    actor: 'achieng',
    after: 'resolved',
    text: 'All is well.',
    ids: { incident: ID },
  };
  const ended = viewOf(ID, whole([...facts, taken, end], at(4, 10)));
  assert.equal(ended?.incident.resolvedAt, at(4, 1));
  assert.equal(ended?.incident.updates.at(-1)?.by, 'achieng');
});

test('each phase goes on by each cause as the table says', () => {
  const causes: Record<Cause, (state: IncidentState) => IncidentState> = {
    alarmed: (state) => run(state, alarm('alarm.raised', 'a-2', 2000), 2000),
    blamed: (state) => run(state, { ...base('operator.undo', 'r', 2000), source: 'rollout' }, 2000),
    recovered: (state) => run(state, alarm('alarm.resolved', 'a-1', 2000), 2000),
    cleared: (state) =>
      step(run(state, alarm('alarm.resolved', 'a-1', 2000), 2000), { type: 'tick' }, 400_000).state,
  };
  for (const phase of PHASES) {
    for (const [cause, happen] of Object.entries(causes) as [
      Cause,
      (state: IncidentState) => IncidentState,
    ][]) {
      const to = TRANSITIONS[phase][cause];
      // A wait that is over finds it recovered first.
      const expected = to ?? (cause === 'cleared' && phase !== 'resolved' ? 'resolved' : phase);
      assert.equal(
        happen(inPhase(phase)).incidents['inc-19700101-1']?.phase,
        expected,
        `${phase} × ${cause}`,
      );
    }
  }
});

const base = (kind: string, subject: string, time: number): Entry => ({
  at: time,
  source: 'watch',
  kind,
  subject,
});
const alarm = (kind: string, id: string, time: number, subject = 'api'): Entry => ({
  ...base(kind, subject, time),
  source: 'alarm',
  data: { symptom: 'errors', severity: 'page', onset: time },
  ids: { alarm: id },
});
const run = (state: IncidentState, entry: Entry, now: number) =>
  step(state, { type: 'entry', entry }, now).state;

/** One incident in this phase, with one alarm: closed in those phases in which it has to be. */
function inPhase(phase: Phase): IncidentState {
  const ids = { incident: 'inc-19700101-1' };
  let state = run(noIncidents, alarm('alarm.raised', 'a-1', 1000), 1000);
  if (phase === 'monitoring' || phase === 'resolved')
    state = run(state, alarm('alarm.resolved', 'a-1', 1500), 1500);
  if (phase !== 'investigating') {
    state = apply(state, { ...base('status.posted', ids.incident, 1600), after: phase, text: phase, ids });
  }
  return state;
}

test('an alarm of the same service, release or moment joins; another opens an incident of its own', () => {
  const first = run(noIncidents, alarm('alarm.raised', 'a-1', 1000), 1000);
  const joined = run(first, alarm('alarm.raised', 'a-2', 500_000, 'auth'), 500_000);
  assert.deepEqual(Object.keys(joined.incidents), ['inc-19700101-1']);
  const apart = run(first, alarm('alarm.raised', 'a-2', 5_000_000, 'auth'), 5_000_000);
  assert.deepEqual(Object.keys(apart.incidents), ['inc-19700101-1', 'inc-19700101-2']);
});

test('a ticket alone opens nothing; when it becomes a page, it does', () => {
  const ticket = {
    ...alarm('alarm.raised', 'a-1', 1000),
    data: { symptom: 'errors', severity: 'ticket', onset: 1000 },
  };
  const state = run(noIncidents, ticket, 1000);
  assert.deepEqual(state.incidents, {});
  assert.equal(Object.keys(run(state, alarm('alarm.worsened', 'a-1', 2000), 2000).incidents).length, 1);
});

test('R15: what is known follows from the journal alone, and an entry twice changes nothing', () => {
  const once = journal.reduce<IncidentState>((state, entry) => apply(state, entry), noIncidents);
  const live = replay();
  assert.deepEqual(once, live);
  let twice = noIncidents;
  for (const entry of journal) twice = apply(apply(twice, entry), entry);
  assert.deepEqual(twice.incidents, once.incidents);
});

/** What the running machine knows at the end. */
function replay(): IncidentState {
  let state = noIncidents;
  for (const entry of journal) state = step(state, { type: 'entry', entry }, entry.at).state;
  return state;
}

test('the suspect is the release that the bad requests ran on, and the reasons say so', () => {
  const [first, second] = suspectsOf(view());
  assert.equal(first?.release, '42');
  assert.deepEqual(first?.reasons, [
    'the bad requests ran on release 42',
    'it was undone to end the incident',
    'it began 5 min before the first bad request',
    'its last step was 2 min before it',
  ]);
  assert.equal(second?.release, '40');
  assert.ok((first?.score ?? 0) > (second?.score ?? 1));
});

test('the instants are those of the journal, with what was over its budget', () => {
  const instants = instantsOf(view());
  assert.deepEqual(
    instants.map((one) => one.at),
    [
      at(-1, 55),
      at(0, 0),
      at(0, 35),
      at(0, 35, 1),
      at(0, 38),
      at(1, 40),
      at(3, 0),
      at(2, 30),
      at(3, 5),
      null,
    ],
  );
  const over = durationsOf(instants).filter((one) => one.over);
  assert.ok(over.some(({ from, to, tookMs }) => from === 'T1' && to === 'T2' && tookMs === 35 * 60_000));
  assert.ok(!over.some(({ from, to }) => from === 'T2' && to === 'T3'));
});

test('the timeline begins with the first change in the hour before, in East Africa Time with UTC', () => {
  const rows = timelineOf(view());
  assert.equal(rows[0]?.text, 'Tariff of B2C, by otieno.');
  const push = rows.find(({ kind, sequence }) => kind === 'release.pushed' && sequence > 1);
  assert.equal(push?.eat, '31 Oct 2022, 11:55:00 PM EAT');
  assert.equal(push?.utc, '2022-10-31T20:55:00.000Z');
  assert.equal(push?.evidence, 'imara release show 42');
  assert.ok(!rows.some(({ kind }) => kind === 'impact.counted'));
  assert.ok(rows.every((row, index) => index === 0 || row.at >= (rows[index - 1]?.at ?? 0)));
});

test('how grave it is follows from the share that failed, and uptime from the intervals', () => {
  assert.deepEqual([0, 0.01, 0.05, 0.5].map(impactOfShare), ['none', 'minor', 'major', 'critical']);
  const { intervals } = view().incident;
  assert.equal(uptimeIn([{ component: 'c', state: 'partial_outage', from: 0, to: 50 }], 0, 100), 0.75);
  assert.deepEqual(
    intervals.filter(({ to }) => to === null),
    [],
  );
});
