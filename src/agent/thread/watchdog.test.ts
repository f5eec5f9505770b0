import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LastWill } from '../disk/last-will.ts';
import type { InstanceView } from '../link/instance-view.ts';
import { LOOP_BEAT_MS, mustEnd, stalledMs } from './watchdog.ts';

const NOW = 100_000;
const view: InstanceView = {
  phase: 'lent',
  running: 'new',
  good: 'old',
  rollout: 'r',
  coming: 'new',
  stretches: [],
  ring: [],
  order: 0,
  undone: [],
};
const undoWill = { type: 'undo', rollout: 'r', from: 'new', to: null, by: null } as const;
const lost = { type: 'lease_lost', rollout: 'r', hash: 'new' } as const;

interface Row {
  what: string;
  silentMs: number;
  moveBy?: number | null;
  undo?: { position: number; at: number };
  handled?: number;
  ends: LastWill | undefined;
}

const rows: Row[] = [
  { what: 'moving, lease over: its own core goes back', silentMs: 0, moveBy: NOW - 1, ends: undefined },
  { what: 'blocked, lease living', silentMs: 9_000, moveBy: NOW + 1, ends: undefined },
  {
    what: 'blocked, no lease: that is for the supervisor',
    silentMs: 9_000,
    moveBy: null,
    ends: undefined,
  },
  { what: 'R5: blocked, lease over', silentMs: 9_000, moveBy: NOW, ends: lost },
  { what: 'blocked for less than the limit', silentMs: 1_900, moveBy: NOW, ends: undefined },
  {
    what: 'R6: blocked, undo waiting',
    silentMs: 9_000,
    undo: { position: 5, at: NOW - 2_000 },
    ends: undoWill,
  },
  {
    what: 'blocked, undo has just come',
    silentMs: 9_000,
    undo: { position: 5, at: NOW - 1_999 },
    ends: undefined,
  },
  { what: 'moving, undo waiting', silentMs: 0, undo: { position: 5, at: NOW - 9_000 }, ends: undefined },
  {
    what: 'blocked after the undo was taken up',
    silentMs: 9_000,
    handled: 5,
    undo: { position: 5, at: 0 },
    ends: undefined,
  },
];

test('R1: a way back that blocks the loop ends the process too', () => {
  const counters = { beatAt: NOW - 9_000, handled: 0, moveBy: NOW };
  const returning = { ...view, phase: 'returning', rollout: null, coming: null } as const;
  const end = mustEnd({ now: NOW, counters, view: returning, undo: undefined, blockedMs: 2_000 });
  assert.deepEqual(end, { will: null });
});

for (const { what, silentMs, moveBy = null, undo, handled = 4, ends } of rows) {
  test(`watchdog: ${what} → ${ends?.type ?? 'nothing'}`, () => {
    const counters = { beatAt: NOW - LOOP_BEAT_MS - silentMs, handled, moveBy };
    const waiting = undo && { ...undo, will: undoWill };
    assert.equal(stalledMs({ now: NOW, counters }), silentMs);
    assert.deepEqual(
      mustEnd({ now: NOW, counters, view, undo: waiting, blockedMs: 2_000 }),
      ends && { will: ends },
    );
  });
}
