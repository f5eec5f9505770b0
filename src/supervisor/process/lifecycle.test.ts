import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Lifecycle,
  type LifecycleEvent,
  type LifecyclePolicy,
  type LifecycleStep,
  type Mode,
  step,
} from './lifecycle.ts';

const policy: LifecyclePolicy = {
  startMs: 30_000,
  stallMs: 500,
  replaceMs: 2_000,
  forgiveMs: 5_000,
  backoffMs: 200,
  backoffCapMs: 10_000,
  crashLoopAfter: 3,
};
const now = 1_000_000;

const states: Record<Mode, Lifecycle> = {
  stopped: { mode: 'stopped' },
  starting: { mode: 'starting', crashes: 0, killAt: now + 100 },
  ready: { mode: 'ready', crashes: 0, since: now - 1_000, heardAt: now - 100 },
  stalled: { mode: 'stalled', crashes: 0, since: now - 1_000, heardAt: now - 600 },
  'backing-off': { mode: 'backing-off', crashes: 1, until: now + 100 },
  'crash-looping': { mode: 'crash-looping', crashes: 3, until: now + 100 },
  stopping: { mode: 'stopping', killAt: now + 100 },
};

const events: Record<string, LifecycleEvent> = {
  start: { type: 'start' },
  ready: { type: 'ready' },
  heard: { type: 'heard' },
  exited: { type: 'exited', roll: 0.5 },
  tick: { type: 'tick', deafMs: 0 },
  stop: { type: 'stop', withinMs: 5_000 },
};

/** Mode × event → the next mode, and what is done. `-`: nothing changes. */
const table = `
mode          | start           | ready | heard | exited        | tick    | stop
stopped       | starting +spawn | -     | -     | -             | -       | -
starting      | -               | ready | -     | backing-off   | -       | stopping +ask-to-stop
ready         | -               | -     | ready | backing-off   | ready   | stopping +ask-to-stop
stalled       | -               | -     | ready | backing-off   | stalled | stopping +ask-to-stop
backing-off   | -               | -     | -     | -             | -       | stopped
crash-looping | -               | -     | -     | -             | -       | stopped
stopping      | -               | -     | -     | stopped       | -       | stopping`;

test('each event in each mode does what the table says', () => {
  const [head = [], ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  assert.deepEqual(head.slice(1), Object.keys(events));
  assert.deepEqual(
    rows.map(([mode]) => mode),
    Object.keys(states),
  );
  for (const [mode, ...cells] of rows) {
    for (const [index, cell] of cells.entries()) {
      const event = events[head[index + 1] ?? ''];
      const state = states[mode as Mode];
      assert.ok(event);
      const after = step(state, event, now, policy);
      const [nextMode, ...effects] = cell === '-' ? [mode] : cell.split(' +');
      if (cell === '-') assert.deepEqual(after.state, state);
      assert.equal(after.state.mode, nextMode, `${mode} × ${event.type}`);
      assert.deepEqual(
        after.effects.map((effect) => effect.do),
        effects,
      );
    }
  }
});

test('a restart comes at a random moment within a back-off that doubles, up to its cap', () => {
  const delays: number[] = [];
  let state: Lifecycle = states.starting;
  let at = now;
  for (let crash = 1; crash <= 9; crash += 1) {
    state = step(state, { type: 'exited', roll: 0.5 }, at, policy).state;
    assert.ok('until' in state);
    delays.push(state.until - at);
    at = state.until;
    state = step(state, { type: 'tick', deafMs: 0 }, at, policy).state;
    assert.equal(state.mode, 'starting');
  }
  assert.deepEqual(delays, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
});

test('crashes in a row are told as a crash loop, and forgotten one by one while it serves', () => {
  const crash = (state: Lifecycle, at: number) => step(state, { type: 'exited', roll: 0 }, at, policy).state;
  const ready = (crashes: number): Lifecycle => ({ mode: 'ready', crashes, since: now, heardAt: now });
  assert.deepEqual(crash(ready(1), now + 100), { mode: 'backing-off', crashes: 2, until: now + 100 });
  assert.deepEqual(crash(ready(2), now + 100), { mode: 'crash-looping', crashes: 3, until: now + 100 });
  assert.deepEqual(crash(ready(2), now + 5_000), { mode: 'backing-off', crashes: 2, until: now + 5_000 });
  assert.deepEqual(crash(ready(2), now + 10_000), { mode: 'backing-off', crashes: 1, until: now + 10_000 });
});

test('R10: silence is a stall, and a stalled process is replaced', () => {
  const tick = (silentMs: number, deafMs = 0): LifecycleStep =>
    step(
      { mode: 'ready', crashes: 0, since: 0, heardAt: now - silentMs },
      { type: 'tick', deafMs },
      now,
      policy,
    );
  assert.equal(tick(499).state.mode, 'ready');
  assert.equal(tick(500).state.mode, 'stalled');
  assert.deepEqual(tick(1_999).effects, []);
  assert.deepEqual(tick(2_000).effects, [{ do: 'kill' }]);
});

test('a supervisor that could not listen does not take it for silence', () => {
  const before: Lifecycle = { mode: 'ready', crashes: 0, since: 0, heardAt: now - 3_000 };
  const after = step(before, { type: 'tick', deafMs: 2_900 }, now, policy);
  assert.equal(after.state.mode, 'ready');
  assert.deepEqual(after.effects, []);
});

test('R1: a start and a stop that take too long end with a kill', () => {
  for (const state of [states.starting, states.stopping]) {
    assert.deepEqual(step(state, { type: 'tick', deafMs: 0 }, now + 100, policy).effects, [{ do: 'kill' }]);
  }
});

test('a second stop can only shorten the wait', () => {
  const shorter = step(states.stopping, { type: 'stop', withinMs: 0 }, now, policy).state;
  assert.deepEqual(shorter, { mode: 'stopping', killAt: now });
  const longer = step(states.stopping, { type: 'stop', withinMs: 60_000 }, now, policy).state;
  assert.deepEqual(longer, states.stopping);
});
