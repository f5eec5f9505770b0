import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultGatePolicy } from '../gate/gate.ts';
import type { RolloutPolicy } from '../machine/state.ts';
import { policy as quickPolicy, World } from '../testdata/fleet.ts';
import { type Ground, obstaclesOf } from './can-pass.ts';
import { rulesPolicy } from './rules-policy.ts';
import { switchPolicy } from './switch-policy.ts';
import { defaultWavePolicy, type Member, type Traffic } from './waves.ts';

const policy: RolloutPolicy = {
  ...quickPolicy,
  waves: defaultWavePolicy,
  gate: defaultGatePolicy,
  people: 1,
};
const idle: Traffic = { rps: 0, probes: 4, deadlineMs: 5_000, lagMs: 1_000, maxWaitingPerInstance: 16 };
const fleet = (size: number, cells = 1): Member[] =>
  Array.from({ length: size }, (_, index) => ({ instance: `api-${index}`, cell: `cell-${index % cells}` }));
const ground: Ground = { fleet: fleet(10, 2), traffic: idle, approvers: 2, insisted: 1 };

type Waves = RolloutPolicy['waves'];
const waves = (change: Partial<Waves>): RolloutPolicy => ({
  ...policy,
  waves: { ...policy.waves, ...change },
});
const first = (change: Partial<Waves['first']>) => waves({ first: { ...policy.waves.first, ...change } });
const bake = (change: Partial<Waves['bake']>) => waves({ bake: { ...policy.waves.bake, ...change } });

/** Where a policy is impossible, and why. */
const cases: [string, RolloutPolicy, Partial<Ground>, string[]][] = [
  ['the usual policy', policy, {}, []],
  ['as many approvals as there are people', { ...policy, people: 2 }, {}, []],
  ['one more', { ...policy, people: 3 }, {}, ['approvals']],
  ['nobody but the author', policy, { approvers: 0 }, ['approvals']],
  ['fewer approvals than instances insist on', { ...policy, people: 0 }, {}, ['approvals']],
  ['none asked for, none insisted on', { ...policy, people: 0 }, { approvers: 0, insisted: 0 }, []],
  ['a deadline of a second', first({ deadlineMs: 1_000 }), {}, ['firstWave.deadlineMs']],
  ['a deadline before the evidence', first({ minMs: 0, deadlineMs: 10_000 }), {}, ['firstWave.deadlineMs']],
  ['… with traffic', first({ minMs: 0, deadlineMs: 10_000 }), { traffic: { ...idle, rps: 30 } }, []],
  [
    '… where the first wave is all but the hold-back',
    first({ minMs: 0, deadlineMs: 10_000 }),
    { fleet: fleet(2) },
    [],
  ],
  ['a rate too small to be shown', first({ excessBadRate: 0.001 }), {}, ['firstWave.deadlineMs']],
  ['… in the bake', bake({ excessBadRate: 0.001, deadlineMs: 60_000, minMs: 0 }), {}, ['bake.deadlineMs']],
  ['a rate that nothing shows', first({ excessBadRate: 1 }), {}, ['firstWave.deadlineMs']],
  ['a rate of nothing', first({ excessBadRate: 0 }), {}, ['firstWave.deadlineMs']],
  ['a first wave of 1,000', waves({ firstWave: 1_000 }), {}, []],
  ['… and nothing to compare with but the time before', waves({ firstWave: 1_000, holdBack: 0 }), {}, []],
  [
    'a price over the cap',
    policy,
    { fleet: fleet(2), traffic: { ...idle, rps: 100 } },
    ['firstWave.maxFailed'],
  ],
  [
    'a price of later waves over the cap',
    waves({ maxFailed: { firstWave: 1_000, laterWaves: 1 } }),
    { traffic: { ...idle, rps: 20 } },
    ['laterWaves.maxFailed'],
  ],
  ['more cells than waves', policy, { fleet: fleet(100, 50) }, ['laterWaves.maxFailed']],
  ['a test shorter than one instance takes', { ...policy, testMs: 4_000 }, {}, ['testMs']],
  ['no instance to hold it against', first({ excessBadRate: 0.001 }), { fleet: [] }, []],
];

for (const [name, asked, there, wanted] of cases)
  test(`can a release pass? ${name}: ${wanted.join() || 'yes'}`, () => {
    const obstacles = obstaclesOf(asked, { ...ground, ...there });
    assert.deepEqual(
      obstacles.map(({ setting }) => setting.join('.')),
      wanted,
    );
  });

test('it is said how many people, outcomes and ms would do', () => {
  const [people] = obstaclesOf({ ...policy, people: 10 }, ground);
  assert.match(people?.reason ?? '', /more than the 2 who could approve a change/);
  const [late] = obstaclesOf(first({ minMs: 0, deadlineMs: 10_000 }), ground);
  assert.match(late?.reason ?? '', /takes 59 good outcomes, and 40 come, at 4 outcomes a second/);
  const [, raised] = /raise it to (\d+)/.exec(late?.advice ?? '') ?? [];
  assert.deepEqual(obstaclesOf(first({ minMs: 0, deadlineMs: Number(raised) }), ground), []);
});

/** The instances of `World` end 20 payments and 20 probes a second each. */
const busy: Ground = {
  fleet: fleet(6),
  traffic: { rps: 120, probes: 20, deadlineMs: 1_000, lagMs: 500, maxWaitingPerInstance: 4 },
  approvers: 2,
  insisted: 1,
};
const free = { firstWave: 1e6, laterWaves: 1e6 };

test('what is said to be impossible is, and what is said to pass does, by the machine that judges it', () => {
  const ends: string[] = [];
  for (const excessBadRate of [0.01, 0.03, 0.1]) {
    for (const deadlineMs of [2_000, 5_000, 10_000, 30_000]) {
      const by = (share: number): RolloutPolicy => {
        const quick = { excessBadRate, missChance: 0.05, minMs: 0, deadlineMs: deadlineMs * share };
        const all = { first: quick, middle: quick, bake: quick, rest: quick };
        return { ...quickPolicy, waves: { ...defaultWavePolicy, ...all, maxFailed: free } };
      };
      const [sooner, later] = [obstaclesOf(by(0.8), busy), obstaclesOf(by(1.25), busy)];
      // Windows and a few bad outcomes before the push leave a little to chance.
      if ((sooner.length === 0) !== (later.length === 0)) continue;
      const world = new World(6, by(1)).submit().tested().approved();
      for (let part = 0; part < 8 && world.state.phase.at !== 'proved'; part++) world.run(deadlineMs);
      const { at } = world.state.phase;
      assert.equal(at, later.length === 0 ? 'proved' : 'rolled_back', `${excessBadRate} by ${deadlineMs}`);
      ends.push(at);
    }
  }
  assert.ok(ends.includes('proved') && ends.includes('rolled_back'), ends.join());
});

const never = { excessBadRate: 0.001, missChance: 0.05, minMs: 0, deadlineMs: 1_000 };
const impossible: [string, RolloutPolicy][] = [
  ['approvals', { ...policy, people: 10 }],
  ['too few approvals', { ...policy, people: 0 }],
  ['deadlines', waves({ first: never, middle: never, bake: never, rest: never })],
  ['prices', waves({ maxFailed: { firstWave: 0, laterWaves: 0 } })],
  ['waves', waves({ maxWaves: 1, firstWave: 1_000 })],
  ['leases', waves({ leaseMs: 1 })],
  ['times', { ...policy, testMs: 1, takeMs: 1, patienceMs: 1 }],
  ['a gate that always shuts', { ...policy, gate: { ...defaultGatePolicy, falseAlarm: 1 } }],
];

for (const [what, inForce] of impossible)
  test(`a repair of ${what} passes, and so does a switch`, () => {
    const there = { ...busy, fleet: fleet(60, 40), traffic: { ...busy.traffic, rps: 10_000 } };
    const repair = rulesPolicy(inForce, policy, there.approvers);
    assert.deepEqual(obstaclesOf(repair, there), []);
    for (const way of [repair, switchPolicy(inForce)]) {
      const world = new World(6, way).submit().tested().approved();
      assert.equal(world.until('proved').state.phase.at, 'proved', world.reason);
    }
  });

test('a repair asks for as many people as the rules in force, and for all there are where those are fewer', () => {
  const asked = (inForce: number, usual: number, approvers: number) =>
    rulesPolicy({ ...policy, people: inForce }, { ...policy, people: usual }, approvers).people;
  assert.equal(asked(1, 1, 5), 1);
  assert.equal(asked(3, 1, 5), 3);
  assert.equal(asked(10, 1, 2), 2);
  // The instances of the installation insist on one: with nobody there it waits for somebody.
  assert.equal(asked(10, 1, 0), 1);
  assert.equal(asked(0, 1, 2), 1);
  assert.equal(asked(0, 1, 0), 0);
  // On one machine with one person.
  assert.equal(asked(10, 0, 0), 0);
  assert.equal(rulesPolicy({ ...policy, confirmWaves: true }, policy, 1).confirmWaves, true);
});
