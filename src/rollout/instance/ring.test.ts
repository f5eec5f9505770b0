import assert from 'node:assert/strict';
import { test } from 'node:test';
import { release } from '../testdata/releases.ts';
import { EMPTY_RING, proved, RING_DEPTH, type Ring, withProved, withUndone } from './ring.ts';

const releases = Array.from({ length: 8 }, (_, index) => release(index + 1));
const full = releases.reduce<Ring>((ring, each, index) => withProved(ring, each, index), EMPTY_RING);

test('R7: the ring keeps the newest proved releases, at least three, newest first', () => {
  assert.ok(RING_DEPTH >= 3);
  assert.deepEqual(sequences(full), [8, 7, 6, 5, 4]);
  assert.equal(proved(full)?.sequence, 8);
  assert.equal(proved(EMPTY_RING), null);
});

test('R7: an undone release is not chosen, takes no place from those that may be, and counts again once proved again', () => {
  const [newest] = releases.toReversed();
  assert.ok(newest);
  const undone = withUndone(full, newest.hash);
  assert.equal(proved(undone)?.sequence, 7);
  assert.deepEqual(withUndone(undone, newest.hash), undone);
  assert.deepEqual(withUndone(undone, 'sha256:unknown'), undone);
  assert.deepEqual(sequences(withProved(undone, release(9), 9)), [9, 7, 6, 5, 4]);
  assert.equal(proved(withProved(undone, newest, 9))?.sequence, 8);
});

test('R9: two failed boots pass a release over, one does not', () => {
  const [newest] = releases.toReversed();
  assert.ok(newest);
  assert.equal(proved(full, { [newest.hash]: 1 })?.sequence, 8);
  assert.equal(proved(full, { [newest.hash]: 2 })?.sequence, 7);
});

function sequences(ring: Ring): number[] {
  return ring.entries.map(({ release: { sequence } }) => sequence);
}
