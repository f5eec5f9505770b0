import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLEAR_MS, COMPARED_MS } from './after-proof.ts';
import { createFleet, RELEASE, type Turn, WELL } from './testdata/fleet.ts';

/** Forty requests a second and a probe now and then, as they go every day. */
const usual: Turn = { live: { good: 10 }, probes: { good: 1 }, endings: { request: 10 } };
const vitals = (change: Partial<typeof WELL>) => ({ 'api-1': { vitals: { ...WELL, ...change } } });

test('R10: everything failing after a proof is an alarm within three seconds, with its figures', () => {
  const fleet = createFleet();
  fleet.turn(usual, 20);
  assert.deepEqual(fleet.standing, []);
  const tookS = fleet.until({ live: { error: 10 } }, 60);
  assert.ok(tookS <= 3, `${tookS} s`);
  const [alarm] = fleet.raised;
  assert.equal(alarm?.kind, 'failing');
  assert.match(
    alarm?.what ?? '',
    /^\d+ of \d+ requests failed in the last 10 s, 3 of 3003 in the two minutes before/,
  );
});

test('R10: one request in seven failing, as when every token does, is an alarm within ten seconds', () => {
  const fleet = createFleet();
  fleet.turn(usual, 20);
  const tookS = fleet.until({ live: { good: 9, error: 1 } }, 60);
  assert.ok(tookS <= 10, `${tookS} s`);
  assert.deepEqual(fleet.standing, ['failing']);
});

test('a release that came into force without a proof that was seen is judged by what is borne, not by an old time', () => {
  const fleet = createFleet({ proofSeen: false });
  fleet.turn(usual, 20);
  fleet.turn({ live: { good: 29, error: 1 }, probes: { good: 1 } }, 600);
  assert.deepEqual(fleet.standing, []);
  fleet.until({ live: { good: 8, error: 2 } }, 30);
  assert.deepEqual(fleet.standing, ['failing']);
});

test('what was as bad before is no alarm, and the time before is compared with for an hour', () => {
  const bad = createFleet({ before: { good: 800, bad: 200 } });
  bad.turn({ live: { good: 8, error: 2 } }, 600);
  assert.deepEqual(bad.standing, []);
  const outage = createFleet({ before: { good: 100, bad: 900 } });
  outage.turn(usual, 20);
  outage.until({ live: { good: 4, error: 6 } }, 60);
  assert.deepEqual(outage.standing, ['failing'], 'a release that came in an outage is not measured by it');
  const late = createFleet();
  late.turn(usual, COMPARED_MS / 1_000 + 1);
  late.turn({ live: { good: 24, error: 1 }, probes: { good: 1 } }, 120);
  assert.deepEqual(late.standing, [], 'four in 100 are borne by then');
  const early = createFleet();
  early.turn(usual, 10);
  early.until({ live: { good: 24, error: 1 } }, 120);
  assert.deepEqual(early.standing, ['failing']);
});

test('R19: more refusals than before the rollout are an alarm that names the kind; results and callbacks are too', () => {
  for (const [of, kind] of [
    ['request', 'invalid_field'],
    ['result', '1'],
    ['callback', 'refused'],
  ] as const) {
    const fleet = createFleet({
      before: { good: 3_000, bad: 3, endings: { [of]: 1_000, [`${of}/${kind}`]: 20 } },
    });
    fleet.turn({ ...usual, endings: { [of]: 10 } }, 20);
    const tookS = fleet.until({ ...usual, endings: { [of]: 10, [`${of}/${kind}`]: 6 } }, 60);
    assert.ok(tookS <= 5, `${tookS} s`);
    assert.equal(fleet.raised[0]?.kind, `otherwise_${of}`);
    assert.match(fleet.raised[0]?.what ?? '', new RegExp(`most of them ${of}/${kind}.*20 of 1000`));
  }
});

const facts: [kind: string, what: Turn, withinS: number, says: RegExp][] = [
  ['silent', { instances: { 'api-1': null } }, 8, /^api-1 has been silent for 7\.\d s$/],
  ['stalled', { instances: vitals({ stalledMs: 1_500 }) }, 3, /^api-1 has stood still for 1\.5 s$/],
  ['overdue', { instances: vitals({ overdue: 9 }) }, 3, /^api-1 has 9 requests past their deadline where 8/],
  [
    'probes_failed',
    { instances: vitals({ failedProbesInARow: 3 }) },
    0.5,
    /^api-1 failed 3 probes in a row$/,
  ],
];
for (const [kind, what, withinS, says] of facts) {
  test(`R10: ${kind} after the proof is an alarm, and a moment of it none`, () => {
    const fleet = createFleet();
    fleet.turn(usual, 20);
    if (kind !== 'probes_failed') {
      fleet.turn({ ...usual, ...what }, 1);
      fleet.turn(usual, 10);
      assert.deepEqual(fleet.standing, []);
    }
    const tookS = fleet.until({ ...usual, ...what }, 60);
    assert.ok(tookS <= withinS, `${tookS} s`);
    assert.deepEqual(fleet.standing, [kind]);
    assert.match(fleet.raised[0]?.what ?? '', says);
    assert.deepEqual(fleet.raised[0]?.instances, ['api-1']);
  });
}

test('one crash is nobody’s matter, two within three minutes are; a planned end is no crash', () => {
  const fleet = createFleet();
  fleet.turn(usual, 5);
  fleet.turn({ ...usual, instances: { 'api-1': { down: true } } }, 1);
  fleet.turn({ ...usual, instances: { 'api-1': { down: false, boot: 'api-1-2' } } }, 1);
  fleet.turn({ ...usual, instances: { 'api-1': { boot: 'api-1-3' } } }, 60);
  assert.deepEqual(fleet.standing, []);
  fleet.turn({ ...usual, instances: { 'api-2': { boot: 'api-2-2' } } });
  assert.deepEqual(fleet.standing, ['crashed']);
  assert.match(fleet.raised[0]?.what ?? '', /^2 crashes in the last 3 minutes: api-1, api-2$/);
  fleet.turn(usual, 240);
  assert.deepEqual(fleet.standing, []);
});

test('R4: a value that was found not to work stands until probes pass; without probes until the release is left', () => {
  const said = [
    {
      instance: 'api-1',
      hash: RELEASE.hash ?? '',
      what: 'value_failed' as const,
      cause: 'auth.servers: none',
    },
  ];
  const failing = { ...usual, instances: vitals({ failedProbesInARow: 1 }) };
  const probed = createFleet();
  probed.turn(usual, 5);
  probed.turn({ ...failing, said });
  assert.deepEqual(probed.standing, ['value_failed']);
  assert.equal(probed.raised[0]?.what, 'api-1 auth.servers: none');
  probed.turn(failing, 300);
  assert.deepEqual(probed.standing, ['value_failed']);
  probed.turn(usual, CLEAR_MS / 1_000 + 1);
  assert.deepEqual(probed.standing, []);
  const unprobed = createFleet();
  unprobed.turn({ live: { good: 10 } }, 5);
  unprobed.turn({ live: { good: 10 }, said });
  unprobed.turn({ live: { good: 10 } }, 600);
  assert.deepEqual(unprobed.standing, ['value_failed']);
});

test('an alarm is raised once, stands while its cause is seen, and is cleared half a minute after it', () => {
  const fleet = createFleet();
  fleet.turn(usual, 20);
  fleet.turn({ live: { error: 10 } }, 120);
  assert.equal(fleet.raised.length, 1);
  assert.equal(fleet.cleared.length, 0);
  const endedAt = fleet.now;
  fleet.turn(usual, 60);
  assert.deepEqual(fleet.standing, []);
  const [cleared] = fleet.cleared;
  assert.equal(cleared?.because, 'not seen for 30 s');
  // What failed is seen for ten seconds more.
  assert.ok((cleared?.at ?? 0) - endedAt <= 41_000, `${(cleared?.at ?? 0) - endedAt} ms`);
});

test('R10: while nothing is counted an alarm stands, and that nothing can be judged is said', () => {
  const fleet = createFleet();
  fleet.turn(usual, 20);
  assert.equal(fleet.unknown, null);
  fleet.turn({ live: { error: 10 } }, 20);
  fleet.turn({}, 300);
  assert.deepEqual(fleet.standing, ['failing']);
  assert.match(fleet.unknown ?? '', /no request or probe has ended/);
  fleet.turn({ instances: { 'api-1': { down: true }, 'api-2': { down: true } } });
  assert.match(fleet.unknown ?? '', /no instance of production/);
});

test('R17: an alarm is about one release: whatever follows that is judged again', () => {
  const fleet = createFleet();
  fleet.turn(usual, 20);
  fleet.turn({ live: { error: 10 } }, 10);
  assert.deepEqual(fleet.standing, ['failing']);
  fleet.follow({ rollout: 'shop-3', release: 3, hash: 'sha256:three' });
  fleet.turn(usual);
  assert.deepEqual(fleet.standing, []);
  assert.equal(fleet.cleared[0]?.because, 'the release is in force no more');
  fleet.turn(usual, 60);
  assert.equal(fleet.raised.length, 1, 'the swap itself is no crash and no failure');
});
