import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Detection, Reading, Series } from './reading.ts';
import { type DetectState, startDetect, step, type Tick } from './step.ts';
import { reading } from './testdata/traffic.ts';

const start = 1_700_000_000_000;
const stkPush = (release: string, cell = 'a'): Series => ({
  service: 'api',
  product: 'stk-push',
  cell,
  release,
});
const c2b = (release: string, cell = 'a'): Series => ({ service: 'api', product: 'c2b', cell, release });

/** Ticks of one second, from a state or from the beginning. */
function run(ticks: number, at: (second: number) => Omit<Tick, 'at'>, from?: DetectState) {
  let state = from ?? startDetect(start);
  const all: Detection[] = [];
  let last: Detection[] = [];
  for (let second = 1; second <= ticks; second += 1) {
    const after = step(state, { at: state.clock.at + 1000, ...at(second) });
    state = after.state;
    last = after.detections;
    all.push(...last);
  }
  return { state, all, last };
}

const usual = (readings: readonly Reading[]) => () => ({ readings });
const healthy = run(120, usual([reading(stkPush('41'), 40, 0), reading(c2b('41'), 10, 0)])).state;

test('an outage of everything is one alarm, of the service, in the first tick', () => {
  const { last } = run(1, usual([reading(stkPush('41'), 0, 40), reading(c2b('41'), 0, 10)]), healthy);
  assert.equal(last.length, 1);
  const [found] = last;
  assert.deepEqual(found?.series, { service: 'api', cell: 'a', release: '41' });
  assert.equal(found?.severity, 'page');
  assert.match(found?.evidence ?? '', /^50 of 50 requests of api failed in 1.0 s \(100 %\)/);
});

test('the alarm names the product, the cell and the release on which the bad requests ran', () => {
  const readings = [
    reading(stkPush('41'), 20, 0),
    reading(stkPush('42', 'b'), 10, 10),
    reading(c2b('41'), 5, 0),
    reading(c2b('42', 'b'), 5, 0),
  ];
  const { all } = run(10, usual(readings), healthy);
  assert.deepEqual(
    new Set(all.map(({ series }) => JSON.stringify(series))),
    new Set([JSON.stringify(stkPush('42', 'b'))]),
  );
  assert.equal(all.at(-1)?.severity, 'page');
});

test('a second product that fails during an alarm is an alarm of its own', () => {
  const first = run(5, usual([reading(stkPush('41'), 0, 40), reading(c2b('41'), 100, 0)]), healthy);
  const { last } = run(5, usual([reading(stkPush('41'), 0, 40), reading(c2b('41'), 0, 100)]), first.state);
  assert.ok(last.some(({ series }) => series?.product === 'stk-push'));
  assert.ok(last.some(({ series }) => series?.product !== 'stk-push'));
});

test('the name of an alarm stays while it holds, also when others join', () => {
  const first = run(3, usual([reading(stkPush('42'), 0, 20), reading(stkPush('41'), 20, 0)]), healthy);
  const key = JSON.stringify(first.last.find(({ severity }) => severity === 'page')?.series);
  const { last } = run(
    30,
    usual([reading(stkPush('42'), 0, 20), reading(stkPush('41'), 0, 20)]),
    first.state,
  );
  assert.ok(last.some(({ series }) => JSON.stringify(series) === key));
});

test('when the traffic of a bad release has moved, its alarm is over', () => {
  const bad = run(10, usual([reading(stkPush('42'), 0, 20), reading(stkPush('41'), 20, 0)]), healthy);
  assert.notEqual(bad.last.length, 0);
  const { last } = run(60, usual([reading(stkPush('42'), 0, 0), reading(stkPush('41'), 40, 0)]), bad.state);
  assert.deepEqual(last, []);
});

test('a hang makes no failures, and is seen by silence: the event loop stands still', () => {
  const hung = reading(stkPush('41'), 0, 0, { inFlight: 3 });
  const { all } = run(3, (second) => ({ readings: [{ ...hung, oldestMs: second * 1000 }] }), healthy);
  assert.deepEqual([...new Set(all.map(({ symptom }) => symptom))], ['silence']);
  assert.equal(all[0]?.at, healthy.clock.at + 1000);
  assert.match(all[0]?.evidence ?? '', /wait and none was completed/);
});

test('R10: a service that is not heard of any more, with requests under way, is silent', () => {
  const busy = run(1, usual([reading(stkPush('41'), 40, 0, { inFlight: 4, oldestMs: 30 })]), healthy);
  const { all } = run(3, () => ({ readings: [] }), busy.state);
  assert.equal(all[0]?.symptom, 'silence');
});

test('one request that never ends, while others pass, is a ticket once its deadline is over', () => {
  const ages = (second: number) => ({
    readings: [reading(stkPush('41'), 40, 0, { inFlight: 1, oldestMs: second * 1000 })],
  });
  const { all } = run(12, ages, healthy);
  assert.deepEqual(
    [...new Set(all.map(({ symptom, severity }) => `${symptom} ${severity}`))],
    ['stuck ticket'],
  );
  assert.equal(all[0]?.at, healthy.clock.at + 12_000, 'deadline of 10 s and one tick of grace');
});

test('a product with little traffic that never settles is a page at the deadline', () => {
  const rare = run(600, (second) => ({
    readings: second % 20 === 0 ? [reading(c2b('41'), 1, 0)] : [],
  })).state;
  const waits = (second: number) => ({
    readings: [reading(c2b('41'), 0, 0, { inFlight: 1, oldestMs: second * 1000 })],
  });
  const { all } = run(12, waits, rare);
  assert.deepEqual(
    [...new Set(all.map(({ symptom, severity }) => `${symptom} ${severity}`))],
    ['stuck page'],
  );
});

test('R10: a heartbeat that is late, or never came, is a page', () => {
  const beat = (lastAt: number | undefined) => [{ subject: 'control', lastAt, withinMs: 3000 }];
  assert.deepEqual(run(3, () => ({ heartbeats: beat(undefined) })).all, []);
  assert.equal(run(5, () => ({ heartbeats: beat(undefined) })).last[0]?.severity, 'page');
  assert.deepEqual(run(3, () => ({ heartbeats: beat(start) })).all, []);
  assert.match(run(4, () => ({ heartbeats: beat(start) })).last[0]?.evidence ?? '', /not heard of for 4.0 s/);
});

test('a probe that fails three times in a row is a page; twice is nothing, and a success begins again', () => {
  // Each began 400 ms before the tick that hears of it.
  const probe = (second: number, ok: boolean) => ({
    probes: [
      {
        ...{ subject: 'payment', at: start + second * 1000 - 400, ok, tookMs: 300 },
        ...(ok ? {} : { reason: 'no callback came' }),
      },
    ],
  });
  assert.deepEqual(run(6, (second) => probe(second, second % 3 === 0)).all, []);
  const { all } = run(3, (second) => probe(second, false));
  assert.equal(all[0]?.severity, 'page');
  assert.match(all[0]?.evidence ?? '', /payment failed 3 times in a row, for 2.4 s: no callback came/);
  assert.equal(all[0]?.onset, start + 600, 'when the first that failed began');
});

test('of three places one that fails is a ticket, two are a page', () => {
  const from = (failing: number) => ({
    probes: ['nairobi', 'mombasa', 'frankfurt'].map((vantage, index) => ({
      ...{ subject: 'payment', vantage, at: start, tookMs: 5 },
      ok: index >= failing,
    })),
  });
  assert.deepEqual(
    run(3, () => from(1)).last.map(({ severity }) => severity),
    ['ticket'],
  );
  assert.deepEqual(
    run(3, () => from(2)).last.map(({ severity }) => severity),
    ['page'],
  );
});

test('a slow burn that no other detector sees is a page; a handful of failures never', () => {
  // 0.9 % for hours: the pair of 1 and 10 % is not meant for it, six times the budget of 99.9 % is.
  const { all } = run(3600, usual([reading(stkPush('41'), 110, 1)]));
  assert.ok(all.some(({ symptom, severity }) => symptom === 'budget' && severity === 'page'));
  const rare = run(7200, (second) => ({
    readings:
      second % 100 === 0
        ? [reading(stkPush('41'), second % 1000 === 0 ? 0 : 1, second % 1000 === 0 ? 1 : 0)]
        : [],
  }));
  assert.deepEqual(
    rare.all.filter(({ symptom }) => symptom === 'budget'),
    [],
  );
});

for (const jump of [3_600_000, -3_600_000, 40 * 86_400_000]) {
  test(`a clock that jumps by ${jump / 3_600_000} h harms nothing`, () => {
    const serve = (at: number) => ({
      at,
      readings: [reading(stkPush('41'), 40, 0, { inFlight: 2, oldestMs: 20 })],
      heartbeats: [{ subject: 'control', lastAt: at - 500, withinMs: 3000 }],
    });
    const before = step(healthy, serve(healthy.clock.at + 1000)).state;
    // The last heartbeat is still of before the jump.
    const at = before.clock.at + 1000 + jump;
    const old = {
      ...serve(at),
      heartbeats: [{ subject: 'control', lastAt: before.clock.at, withinMs: 3000 }],
    };
    const jumped = step(before, old);
    assert.deepEqual(jumped.detections, []);
    const later = run(
      5,
      () => ({ readings: [reading(stkPush('41'), 0, 40)], heartbeats: old.heartbeats }),
      jumped.state,
    );
    assert.equal(later.all[0]?.onset, at + 1000, 'instants are those of the clock after the jump');
    assert.ok(
      later.last.some(({ symptom }) => symptom === 'heartbeat'),
      'a heartbeat that stays away is still missed',
    );
  });
}

test('what is kept has a bound, and those without requests for longest leave', () => {
  const options = { most: 30, objective: 0.999 };
  let state = startDetect(start);
  for (let release = 1; release <= 200; release += 1) {
    const readings = [reading(stkPush(`${release}`), 10, 0)];
    state = step(state, { at: state.clock.at + 1000, readings }, options).state;
  }
  assert.equal(Object.keys(state.scopes).length, 30);
  assert.ok(Object.keys(state.scopes).includes('api|stk-push|a|200'));
  assert.ok(Object.keys(state.scopes).includes('api|stk-push||'));
});

test('the state survives a restart as JSON: the same ticks find the same', () => {
  const bad = usual([reading(stkPush('42'), 18, 2), reading(stkPush('41'), 20, 0)]);
  const half = run(4, bad, healthy).state;
  const again = JSON.parse(JSON.stringify(half)) as DetectState;
  assert.deepEqual(run(8, bad, again), run(8, bad, half));
  assert.notEqual(run(8, bad, half).last.length, 0);
});
