import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceEvent, InstanceState } from '../../rollout/instance/state.ts';
import { NO_MEMORY, newInstance } from '../../rollout/instance/state.ts';
import type { AgentMessage } from '../../rollout/protocol.ts';
import { createNewestWriter } from '../disk/newest.ts';
import { createOutbox } from '../disk/report-outbox.ts';
import { createBoot } from './boot.ts';
import type { ShellDisk } from './ports.ts';

/** A boot after a process that lost its lease, with a clock that the test moves. */
function booting(removeWill: ShellDisk['removeWill']) {
  const timers: (() => void)[] = [];
  const told: AgentMessage[] = [];
  const events: InstanceEvent['type'][] = [];
  const state: InstanceState = { ...newInstance, phase: { at: 'starting', release: null } };
  const ended: unknown[] = [];
  const boot = createBoot(
    {
      disk: {
        memory: NO_MEMORY,
        will: { type: 'lease_lost', rollout: 'r-1', hash: 'sha256:x' },
        outbox: createOutbox(undefined, { now: () => 1, newLog: () => 'log', put: (_, done) => done() }),
        save: (_, done) => done(),
        removeWill,
      },
      serve: {
        current: undefined,
        stretches: [],
        settle: () => {},
        overtake: () => {},
        switchTo: (_, done) => done(),
      },
      clock: {
        now: () => 0,
        epoch: () => 0,
        after(_, happen) {
          timers.push(happen);
          return { cancel: () => void timers.splice(timers.indexOf(happen), 1) };
        },
      },
      log: { info() {}, warn() {}, error() {}, fatal() {} },
    },
    createNewestWriter((_, done) => done()),
    {
      state: () => state,
      dispatch: ({ type }) => void events.push(type),
      tell: (message) => void told.push(message),
      tellOrdered: () => {},
      swapped: () => {},
    },
  );
  boot.begin((error) => void ended.push(error));
  return { timers, told, events, ended };
}

test('R8: a last will that cannot be removed keeps nobody from serving, once it is obeyed', () => {
  const { told, events, ended } = booting((done) => done(new Error('read-only file system')));
  assert.deepEqual(events, ['boot', 'gave_up']);
  assert.deepEqual(
    told.map(({ type }) => type),
    ['lease_lost'],
  );
  assert.deepEqual(ended, [undefined]);
});

test('R8: a last will whose removal hangs is waited for no longer than the disk is', () => {
  const { timers, ended } = booting(() => {});
  assert.deepEqual(ended, []);
  assert.equal(timers.length, 1, 'there is a deadline');
  for (const happen of timers.splice(0)) happen();
  assert.deepEqual(ended, [undefined]);
});
