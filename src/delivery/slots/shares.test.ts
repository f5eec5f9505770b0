import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shares } from './shares.ts';

const limits = { maxConcurrent: 8, maxConcurrentPerHost: 3 };

/** Takes and gives back one slot for each host, so that it counts as responsive. */
function withResponsive(...hosts: string[]): Shares {
  const shares = new Shares();
  for (const host of hosts) {
    shares.take(host);
    shares.giveBack(host, 'responsive');
  }
  return shares;
}

function takeAll(shares: Shares, hosts: string[]): void {
  for (const { host, take } of shares.allot(hosts, limits)) {
    for (let i = 0; i < take; i++) shares.take(host);
  }
}

test('R12: a host nobody knows gets one slot, one that answers its full share', () => {
  const shares = withResponsive('good');
  assert.deepEqual(shares.allot(['new', 'good'], limits), [
    { host: 'new', take: 1 },
    { host: 'good', take: 3 },
  ]);
});

test('R12: a host at its share gets nothing until a slot of its own is free', () => {
  const shares = withResponsive('good');
  takeAll(shares, ['good', 'new']);
  assert.deepEqual(shares.allot(['good', 'new'], limits), []);
  shares.giveBack('good', 'responsive');
  assert.deepEqual(shares.allot(['good', 'new'], limits), [{ host: 'good', take: 1 }]);
});

test('R12: however many hosts hang, half of the slots is left to those that answer', () => {
  const shares = withResponsive('good');
  const hung = Array.from({ length: 100 }, (_, i) => `hung-${i}`);
  takeAll(shares, hung);
  assert.equal(shares.free(limits), 4);
  assert.deepEqual(shares.allot(hung, limits), []);
  assert.deepEqual(shares.allot([...hung, 'good'], limits), [{ host: 'good', take: 3 }]);
});

test('R12: hosts known to hang leave room for new ones', () => {
  const shares = new Shares();
  const hung = Array.from({ length: 100 }, (_, i) => `hung-${i}`);
  for (const host of hung) {
    shares.take(host);
    shares.giveBack(host, 'suspect');
  }
  takeAll(shares, hung);
  assert.equal(shares.free(limits), 6);
  assert.deepEqual(shares.allot([...hung, 'new'], limits), [{ host: 'new', take: 1 }]);
});

test('R12: all hosts together never get more than there is', () => {
  const hosts = ['a', 'b', 'c', 'd'];
  const shares = withResponsive(...hosts);
  takeAll(shares, hosts);
  assert.equal(shares.free(limits), 0);
  assert.deepEqual(shares.allot(['e', ...hosts], limits), []);
});

test('a host that stops answering falls back to one slot, and earns its share again', () => {
  const shares = withResponsive('host');
  shares.take('host');
  shares.giveBack('host', 'suspect');
  assert.deepEqual(shares.allot(['host'], limits), [{ host: 'host', take: 1 }]);
  shares.take('host');
  shares.giveBack('host', 'responsive');
  assert.deepEqual(shares.allot(['host'], limits), [{ host: 'host', take: 3 }]);
});

test('limits lowered while slots are in use give nothing out until enough are back', () => {
  const shares = withResponsive('a', 'b');
  takeAll(shares, ['a', 'b']);
  const lower = { maxConcurrent: 2, maxConcurrentPerHost: 1 };
  assert.equal(shares.free(lower), 0);
  assert.deepEqual(shares.allot(['a', 'b', 'c'], lower), []);
});

test('a host earns its slots: a few with its first answer, one more with each further one', () => {
  const many = { maxConcurrent: 100, maxConcurrentPerHost: 64 };
  const shares = withResponsive('host');
  assert.equal(shares.share('host', many), 8);
  for (let n = 0; n < 100; n += 1) {
    shares.take('host');
    shares.giveBack('host', 'responsive');
  }
  assert.equal(shares.share('host', many), 64);
  shares.take('host');
  shares.giveBack('host', 'suspect');
  assert.equal(shares.share('host', many), 1);
});
