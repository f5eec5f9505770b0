import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Counts, Report } from '../../rollout/protocol.ts';
import { createRoster } from './registry.ts';

const NOW = 1_800_000_000_000;
const none = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };

function counts(good: number, change: Partial<Counts> = {}): Counts {
  return { hash: 'sha256:old', stretch: 1, live: { ...none, good }, probes: none, ...change };
}

function report(beat: number, change: Partial<Report> = {}): Report {
  return {
    kind: 'imara.report/1',
    service: 'shop',
    environment: 'production',
    instance: 'api-1',
    cell: 'a',
    boot: 'boot-1',
    beat,
    schemas: ['shop/1'],
    phase: 'steady',
    running: 'sha256:old',
    good: 'sha256:old',
    rollout: null,
    vitals: { stalledMs: 0, overdue: 0, overdueBudget: 5, failedProbesInARow: 0 },
    counts: [counts(beat * 10)],
    log: 'log-1',
    messages: [],
    ...change,
  };
}

const said = (...seqs: number[]) =>
  seqs.map((seq) => ({
    seq,
    at: NOW,
    message: { type: 'taken' as const, rollout: 'r', hash: 'sha256:new', wayBack: null },
  }));

const good = (roster: ReturnType<typeof createRoster>) =>
  roster.take('shop').outcomes.map(({ hash, live }) => [hash, live.good]);

test('totals become differences; a lost report loses nothing; the first one is where counting begins', () => {
  const roster = createRoster({ most: 10 });
  roster.hear(report(1), NOW);
  assert.deepEqual(good(roster), [['sha256:old', 0]]);
  roster.hear(report(2), NOW);
  roster.hear(report(5), NOW);
  assert.deepEqual(good(roster), [['sha256:old', 40]]);
});

test('a late or doubled report changes nothing', () => {
  const roster = createRoster({ most: 10 });
  roster.hear(report(1), NOW);
  roster.hear(report(3), NOW);
  roster.hear(report(2, { running: 'sha256:new' }), NOW);
  roster.hear(report(3), NOW);
  const batch = roster.take('shop');
  assert.deepEqual(
    batch.outcomes.map(({ live }) => live.good),
    [20],
  );
  assert.equal(batch.beats[0]?.hash, 'sha256:old');
  assert.deepEqual(roster.take('shop').beats, []);
});

test('outcomes belong to the release that they began with, across a switch and a restart', () => {
  const roster = createRoster({ most: 10 });
  roster.hear(report(1), NOW);
  roster.take('shop');
  const fresh = counts(7, { hash: 'sha256:new', stretch: 2 });
  roster.hear(report(2, { running: 'sha256:new', counts: [fresh, counts(13)] }), NOW);
  assert.deepEqual(good(roster), [
    ['sha256:old', 3],
    ['sha256:new', 7],
  ]);
  roster.hear(report(3, { boot: 'boot-2', counts: [counts(4)] }), NOW);
  assert.deepEqual(good(roster), [['sha256:old', 4]]);
});

test('what an instance was like is told of what it serves with: what was undone a minute ago says nothing of it', () => {
  const roster = createRoster({ most: 10 });
  roster.hear(report(1), NOW);
  const failing = counts(0, { hash: 'sha256:bad', stretch: 2, live: { ...none, error: 41 } });
  roster.hear(report(2, { running: 'sha256:bad', counts: [failing, counts(30)] }), NOW + 60_000);
  roster.hear(report(3, { counts: [counts(50, { stretch: 3 }), failing] }), NOW + 60_000);
  const tally = (pushed: string) => roster.tallies('shop', pushed, NOW + 60_000)['api-1'];
  assert.deepEqual(tally('sha256:new'), { good: 70, bad: 0 });
  assert.equal(tally('sha256:old'), undefined, 'nothing it does is before a push of what it has');
  assert.equal(Math.round(roster.rates('shop', NOW + 60_000).rps * 60), 111);
});

test('what could not be stored is seen again; what was is acknowledged, and not told twice', () => {
  const roster = createRoster({ most: 10 });
  roster.hear(report(1), NOW);
  roster.settle(roster.take('shop'));
  assert.deepEqual(roster.hear(report(2, { messages: said(1, 2) }), NOW), { acknowledged: 0 });
  const lost = roster.take('shop');
  roster.putBack(lost);
  const again = roster.take('shop');
  assert.deepEqual([again.told, again.outcomes], [lost.told, lost.outcomes]);
  roster.settle(again);
  assert.deepEqual(roster.hear(report(3, { messages: said(1, 2, 3) }), NOW), { acknowledged: 2 });
  assert.deepEqual(
    roster.take('shop').told.map(({ numbered }) => numbered.seq),
    [3],
  );
});

test('claims of one report are in order, and before those of the next', () => {
  const roster = createRoster({ most: 10 });
  roster.hear(report(1, { messages: said(1, 2) }), NOW);
  const one = roster.take('shop');
  roster.settle(one);
  roster.hear(report(2, { messages: said(3) }), NOW);
  const two = roster.take('shop');
  const claims = [...one.told, ...one.beats, ...two.told, ...two.beats].map(({ seq }) => seq);
  assert.deepEqual(
    claims,
    claims.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(claims).size, claims.length);
});

test('an instance whose disk was lost is known as new: here, and by what another leader stored', () => {
  const roster = createRoster({ most: 10 });
  roster.hear(report(90), NOW);
  roster.settle(roster.take('shop'));
  roster.hear(report(1, { log: 'log-2', messages: said(1) }), NOW);
  const batch = roster.take('shop');
  assert.deepEqual([batch.instances[0]?.anew, batch.told.length], [true, 1]);
  roster.settle(batch);
  assert.equal(roster.take('shop').instances[0]?.anew, false);

  const another = createRoster({ most: 10 });
  another.recall([{ service: 'shop', instance: 'api-1', log: 'log-2', acknowledged: 1 }]);
  assert.deepEqual(another.hear(report(2, { log: 'log-2', messages: said(1) }), NOW), { acknowledged: 1 });
  assert.equal(another.take('shop').told.length, 0);
});

test('a name is for one instance, and there is a most of them', () => {
  const roster = createRoster({ most: 1 });
  roster.hear(report(1), NOW);
  assert.match(
    JSON.stringify(roster.hear(report(2, { environment: 'testing' }), NOW)),
    /reports from production too/,
  );
  assert.match(JSON.stringify(roster.hear(report(1, { instance: 'api-2' }), NOW)), /1 instances report/);
  roster.forget(NOW + 1);
  assert.equal(roster.size, 0);
});
