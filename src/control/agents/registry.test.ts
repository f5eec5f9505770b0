import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Counts, Report } from '../../rollout/protocol.ts';
import { createInstanceRegistry } from './registry.ts';

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

const good = (registry: ReturnType<typeof createInstanceRegistry>) =>
  registry.take('shop').outcomes.map(({ hash, live }) => [hash, live.good]);

test('totals become differences; a lost report loses nothing; the first one is where counting begins', () => {
  const registry = createInstanceRegistry({ most: 10 });
  registry.hear(report(1), NOW);
  assert.deepEqual(good(registry), [['sha256:old', 0]]);
  registry.hear(report(2), NOW);
  registry.hear(report(5), NOW);
  assert.deepEqual(good(registry), [['sha256:old', 40]]);
});

test('a late or doubled report changes nothing', () => {
  const registry = createInstanceRegistry({ most: 10 });
  registry.hear(report(1), NOW);
  registry.hear(report(3), NOW);
  registry.hear(report(2, { running: 'sha256:new' }), NOW);
  registry.hear(report(3), NOW);
  const batch = registry.take('shop');
  assert.deepEqual(
    batch.outcomes.map(({ live }) => live.good),
    [20],
  );
  assert.equal(batch.beats[0]?.hash, 'sha256:old');
  assert.deepEqual(registry.take('shop').beats, []);
});

test('outcomes belong to the release that they began with, across a switch and a restart', () => {
  const registry = createInstanceRegistry({ most: 10 });
  registry.hear(report(1), NOW);
  registry.take('shop');
  const fresh = counts(7, { hash: 'sha256:new', stretch: 2 });
  registry.hear(report(2, { running: 'sha256:new', counts: [fresh, counts(13)] }), NOW);
  assert.deepEqual(good(registry), [
    ['sha256:old', 3],
    ['sha256:new', 7],
  ]);
  registry.hear(report(3, { boot: 'boot-2', counts: [counts(4)] }), NOW);
  assert.deepEqual(good(registry), [['sha256:old', 4]]);
});

test('what an instance was like is told of what it serves with: what was undone a minute ago says nothing of it', () => {
  const registry = createInstanceRegistry({ most: 10 });
  registry.hear(report(1), NOW);
  const failing = counts(0, { hash: 'sha256:bad', stretch: 2, live: { ...none, error: 41 } });
  registry.hear(report(2, { running: 'sha256:bad', counts: [failing, counts(30)] }), NOW + 60_000);
  registry.hear(report(3, { counts: [counts(50, { stretch: 3 }), failing] }), NOW + 60_000);
  registry.hear(report(4, { counts: [counts(60, { stretch: 3 }), failing] }), NOW + 62_000);
  const tally = (pushed: string) => registry.tallies('shop', pushed, NOW + 60_000)['api-1'];
  assert.deepEqual(tally('sha256:new'), { good: 80, bad: 0, ms: 2_000 });
  assert.equal(tally('sha256:old'), undefined, 'nothing it does is before a push of what it has');
  assert.equal(Math.round(registry.rates('shop', NOW + 62_000).rps * 62), 121);
});

test('who leads again after another counts what ended between its terms over all that time', () => {
  const registry = createInstanceRegistry({ most: 10 });
  registry.hear(report(1), NOW);
  registry.hear(report(600, { counts: [counts(1_510)] }), NOW + 150_000);
  assert.equal(Math.round(registry.rates('shop', NOW + 155_000).rps), 10);
});

test('what could not be stored is seen again; what was is acknowledged, and not told twice', () => {
  const registry = createInstanceRegistry({ most: 10 });
  registry.hear(report(1), NOW);
  registry.settle(registry.take('shop'));
  assert.deepEqual(registry.hear(report(2, { messages: said(1, 2) }), NOW), { acknowledged: 0 });
  const lost = registry.take('shop');
  registry.putBack(lost);
  const again = registry.take('shop');
  assert.deepEqual([again.claims, again.outcomes], [lost.claims, lost.outcomes]);
  registry.settle(again);
  assert.deepEqual(registry.hear(report(3, { messages: said(1, 2, 3) }), NOW), { acknowledged: 2 });
  assert.deepEqual(
    registry.take('shop').claims.map(({ numbered }) => numbered.seq),
    [3],
  );
});

test('claims of one report are in order, and before those of the next', () => {
  const registry = createInstanceRegistry({ most: 10 });
  registry.hear(report(1, { messages: said(1, 2) }), NOW);
  const one = registry.take('shop');
  registry.settle(one);
  registry.hear(report(2, { messages: said(3) }), NOW);
  const two = registry.take('shop');
  const claims = [...one.claims, ...one.beats, ...two.claims, ...two.beats].map(({ seq }) => seq);
  assert.deepEqual(
    claims,
    claims.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(claims).size, claims.length);
});

test('an instance whose disk was lost is known as new: here, and by what another leader stored', () => {
  const registry = createInstanceRegistry({ most: 10 });
  registry.hear(report(90), NOW);
  registry.settle(registry.take('shop'));
  registry.hear(report(1, { log: 'log-2', messages: said(1) }), NOW);
  const batch = registry.take('shop');
  assert.deepEqual([batch.instances[0]?.diskLost, batch.claims.length], [true, 1]);
  registry.settle(batch);
  assert.equal(registry.take('shop').instances[0]?.diskLost, false);

  const another = createInstanceRegistry({ most: 10 });
  another.recall([{ service: 'shop', instance: 'api-1', log: 'log-2', acknowledged: 1 }]);
  assert.deepEqual(another.hear(report(2, { log: 'log-2', messages: said(1) }), NOW), { acknowledged: 1 });
  assert.equal(another.take('shop').claims.length, 0);
});

test('a name is for one instance, and there is a most of them', () => {
  const registry = createInstanceRegistry({ most: 1 });
  registry.hear(report(1), NOW);
  assert.match(
    JSON.stringify(registry.hear(report(2, { environment: 'testing' }), NOW)),
    /reports from production too/,
  );
  assert.match(JSON.stringify(registry.hear(report(1, { instance: 'api-2' }), NOW)), /1 instances report/);
  registry.forget(NOW + 1);
  assert.equal(registry.size, 0);
});
