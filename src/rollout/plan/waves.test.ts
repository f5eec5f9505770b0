import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultGatePolicy } from '../gate/gate.ts';
import { defaultWavePolicy, type Member, type Plan, planWaves, type Traffic, type Wave } from './waves.ts';

const traffic: Traffic = { rps: 20, probes: 20, deadlineMs: 1_000, lagMs: 500, maxWaitingPerInstance: 8 };

function fleet(...sizes: number[]): Member[] {
  return sizes.flatMap((size, cell) =>
    Array.from({ length: size }, (_, index) => ({ instance: `${'abcdef'[cell]}${index}`, cell: `${cell}` })),
  );
}

function wavesOf(plan: Plan): readonly Wave[] {
  assert.ok(plan.ok, plan.ok ? '' : plan.reason);
  return plan.waves;
}

function sizes(plan: Plan): string[] {
  return wavesOf(plan).map(({ kind, instances }) => `${kind} ${instances.length}`);
}

function plan(members: Member[], policy = defaultWavePolicy, how = traffic, breakGlass = false): Plan {
  return planWaves(members, policy, defaultGatePolicy, how, breakGlass);
}

test('R3: one instance, 10 %, 50 %, everybody less the hold-back, the hold-back', () => {
  assert.deepEqual(sizes(plan(fleet(100))), ['first 1', 'middle 9', 'middle 38', 'widest 47', 'rest 5']);
});

test('R3: small fleets: three, two and a single instance', () => {
  assert.deepEqual(sizes(plan(fleet(3))), ['first 1', 'widest 1', 'rest 1']);
  assert.deepEqual(sizes(plan(fleet(2))), ['widest 1', 'rest 1']);
  assert.deepEqual(sizes(plan(fleet(1))), ['widest 1']);
  assert.equal(plan([]).ok, false);
});

test('R3: cell after cell, the smallest first, each from one instance', () => {
  const waves = wavesOf(plan(fleet(20, 10)));
  const cells = waves.map(({ instances }) => new Set(instances.map((name) => name.charAt(0))));
  assert.deepEqual(
    cells.slice(0, -1).map((cell) => [...cell].join('')),
    ['b', 'b', 'b', 'a', 'a', 'a'],
  );
  assert.deepEqual(
    waves.map(({ instances }) => instances.length),
    [1, 4, 4, 1, 9, 9, 2],
  );
});

test('R3: a wave that could cost more than the policy allows is made smaller', () => {
  const busy = { ...traffic, rps: 400 };
  const capped = { ...defaultWavePolicy, maxFailed: { firstWave: 25, laterWaves: 150 } };
  const waves = wavesOf(plan(fleet(100), capped, busy));
  assert.ok(waves.length > 5);
  for (const [index, { harm }] of waves.entries()) assert.ok(harm.p95 <= (index === 0 ? 25 : 150));
});

test('R3: if even one instance could cost too much, the plan is refused and says what would help', () => {
  const strict = { ...defaultWavePolicy, maxFailed: { firstWave: 6, laterWaves: 500 } };
  const refused = plan(fleet(10), strict, { ...traffic, probes: 0 });
  assert.deepEqual(refused, {
    ok: false,
    reason: 'one instance more could cost 10 failed payments (95th percentile) where 6 are allowed',
    advice:
      '100 probes a second to each arm would do; or shorten the deadline or the reporting lag, add instances, or allow more in the policy',
    cap: 'firstWave',
  });
});

test('break-glass begins with one instance and lends shorter, wave by wave', () => {
  const policy = { ...defaultWavePolicy, firstWave: 4 };
  const usual = wavesOf(plan(fleet(100), policy));
  const urgent = wavesOf(plan(fleet(100), policy, traffic, true));
  assert.equal(usual[0]?.instances.length, 4);
  assert.equal(urgent[0]?.instances.length, 1);
  assert.deepEqual(
    usual.map(({ leaseMs }) => leaseMs),
    [10_000, 20_000, 40_000, 60_000, 60_000],
  );
  assert.ok(urgent.every(({ leaseMs }) => leaseMs === 5_000));
});

test('every plan reaches every instance once, leaves a control until the last wave, and is the same each time', () => {
  const anyFleet = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(anyFleet, (cells) => {
      const members = fleet(...cells);
      const planned = plan(members);
      const waves = wavesOf(planned);
      const reached = waves.flatMap(({ instances }) => instances);
      assert.deepEqual(reached.toSorted(), members.map(({ instance }) => instance).toSorted());
      assert.ok(waves.slice(0, -1).every(({ share }) => share < 1));
      assert.equal(waves.filter(({ kind }) => kind === 'widest').length, 1);
      assert.deepEqual(plan(members), planned);
    }),
    { numRuns: 50 },
  );
});
