import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ratesWorld } from '../rates/world.ts';
import { until } from '../until.ts';

// Bad releases of a service whose code can be made to misbehave, on real processes under load: control, one
// testing instance and four that serve a hundred requests a second. The others are in `bad-releases.test.ts`;
// docs/explanation/bad-releases.md has both.

const world = await ratesWorld(4);
const { load } = world;
// What is slow is known from before the change.
await until('every instance has been asked often', () => load.answered > 400);

let rate = 1;

/**
 * Pushes it; when it has been rolled back and everybody serves with the rate of before, says why and what
 * failed.
 */
async function stopped(change: { behave?: string; live?: string }) {
  load.reset();
  rate += 1;
  const { id } = await world.push({ rate, ...change });
  const { because, phase } = await world.reaches(id, 'rolled_back', 'proved');
  assert.equal(phase, 'rolled_back');
  await until(
    'everybody serves with the release of before',
    async () => (await world.rates()).every((each) => each === 1),
    { deadlineMs: 20_000 },
  );
  return { because: because ?? '', failed: load.failed, answered: load.answered };
}

for (const [name, behave, because] of [
  ['spins the CPU', 'spin', /not done within/],
  ['leaks memory on the heap', 'leak heap', /heap/],
  ['leaks memory outside of it', 'leak buffers', /memory/],
  ['crashes the process that reads it', 'crash', /thrown where nobody catches/],
  ['ends the process that reads it', 'exit', /ended/],
] as const) {
  test(`R3: a release that ${name}: the taste, no request fails`, async (t) => {
    const ended = await stopped({ behave });
    t.diagnostic(`${ended.because}; ${ended.answered} answered, ${ended.failed} failed`);
    assert.match(ended.because, because);
    assert.equal(ended.failed, 0);
  });
}

for (const [name, live, because] of [
  ['makes a fifth of the requests fail', 'fail a fifth', /bad/],
  ['makes latency triple', 'triple latency', /bad/],
  ['spins the CPU once it serves', 'spin', /stood still/],
  ['leaks memory once it serves', 'leak', /stood still|silent|more_bad/],
  ['crashes the process once it serves', 'crash', /silent|crashed/],
  ['cuts the instance from control', 'cut', /silent/],
] as const) {
  test(`R4: a release that ${name}: the first instance alone`, async (t) => {
    const ended = await stopped({ live });
    t.diagnostic(`${ended.because}; ${ended.answered} answered, ${ended.failed} failed`);
    assert.match(ended.because, because);
  });
}
