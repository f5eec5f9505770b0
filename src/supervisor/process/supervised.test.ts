import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPolicy } from './lifecycle.ts';
import { type ProgramEvents, Supervised } from './supervised.ts';

const TICK_MS = 100;

/** A process whose heartbeat and whose share of the CPU the test plays, on a clock that the test turns. */
function readyProcess() {
  let now = 0;
  let events: ProgramEvents | undefined;
  const done: string[] = [];
  let waitedMs: number | undefined = 0;
  const supervised = new Supervised({
    program: {
      start(given) {
        events = given;
        return {
          askToStop: () => void done.push('asked to stop'),
          kill() {
            done.push('killed');
            events?.exited('killed');
          },
          waitedForCpuMs: () => waitedMs,
        };
      },
    },
    policy: defaultPolicy,
    now: () => now,
    random: () => 0,
    changed: () => {},
  });
  supervised.start();
  events?.ready({ admin: null, direct: null, release: null });
  return {
    supervised,
    done,
    beats: () => events?.heard(),
    /**
     * Lets time pass, a tick each 100 ms. `waiting`: the process stands in the queue for a CPU all the while.
     */
    silentFor(ms: number, { waiting = false } = {}) {
      for (let passed = 0; passed < ms; passed += TICK_MS) {
        now += TICK_MS;
        if (waiting && waitedMs !== undefined) waitedMs += TICK_MS;
        supervised.tick(0);
      }
    },
    /** The supervisor itself gets no CPU: one tick at the end, which knows how late it is. */
    supervisorStarvedFor(ms: number) {
      now += ms;
      supervised.tick(ms - TICK_MS);
    },
    cannotTellWaiting() {
      waitedMs = undefined;
    },
  };
}

test('R10: half a second of silence is a stall, and the process is replaced', () => {
  const { supervised, done, silentFor } = readyProcess();
  silentFor(400);
  assert.equal(supervised.state.mode, 'ready');
  assert.deepEqual(done, []);
  silentFor(100);
  assert.deepEqual(done, ['killed']);
});

test('a supervisor that got no CPU for 10 s kills nobody, and hears them again', () => {
  const { supervised, done, beats, supervisorStarvedFor } = readyProcess();
  for (let round = 0; round < 5; round += 1) {
    supervisorStarvedFor(10_000);
    assert.equal(supervised.state.mode, 'ready');
    beats();
  }
  assert.deepEqual(done, []);
});

test('a process that waits for a CPU is not taken for one that hangs, and is once it has one', () => {
  const { supervised, done, silentFor } = readyProcess();
  silentFor(200);
  silentFor(10_000, { waiting: true });
  assert.equal(supervised.state.mode, 'ready');
  silentFor(500);
  assert.deepEqual(done, ['killed']);
});

test('R10: where the system does not tell who waits, silence counts in full', () => {
  const { done, silentFor, cannotTellWaiting } = readyProcess();
  cannotTellWaiting();
  silentFor(500, { waiting: true });
  assert.deepEqual(done, ['killed']);
});
