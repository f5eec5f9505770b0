import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from './pace.ts';
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

const many = { maxConcurrent: 1_000, maxConcurrentPerHost: 512 };

/** A host's slots in use all the time, whose answers take so long, by a clock of its own. */
function busyHost() {
  const shares = withResponsive('host');
  let now = 0;
  return {
    slots: () => shares.share('host', many),
    fail: () => shares.giveBack('host', 'suspect'),
    /** As many answers as there are slots, `rounds` times; each slot is taken again at once. */
    answers(ms: number, rounds: number, known: 'known' | 'unknown' = 'known') {
      for (let round = 0; round < rounds; round += 1) {
        now += ms;
        const slots = shares.share('host', many);
        while (shares.mayBegin('host', many)) shares.take('host');
        for (let n = 0; n < slots; n += 1) {
          shares.giveBack('host', 'responsive', known === 'known' ? { ms, now } : undefined);
          while (shares.mayBegin('host', many)) shares.take('host');
        }
      }
    },
  };
}

test('a host earns its slots: a few with its first answer, one more with each that came with half of them in use', () => {
  const host = busyHost();
  assert.equal(host.slots(), 8);
  host.answers(20, 1);
  assert.equal(host.slots(), 16, 'a round doubles them');
  host.answers(20, 12);
  assert.equal(host.slots(), 512, 'and no more than the settings say');
  host.fail();
  assert.equal(host.slots(), 1);
  host.answers(20, 1);
  assert.equal(host.slots(), 8);
});

test('slots that nobody uses are not earned: nothing is known of them', () => {
  const shares = withResponsive('host');
  for (let n = 0; n < 1_000; n += 1) {
    shares.take('host');
    shares.giveBack('host', 'responsive', { ms: 20, now: n * 20 });
  }
  assert.equal(shares.share('host', many), 8);
});

test('a host whose answers become slow loses slots round by round, keeps a few, and earns them slowly again', () => {
  const host = busyHost();
  host.answers(20, 8);
  const most = host.slots();
  assert.ok(most > 100, `${most} slots`);
  host.answers(300, 2);
  assert.ok(host.slots() < most, 'they queue at the receiver');
  host.answers(300, 20);
  assert.equal(host.slots(), 8, 'but it does answer');
  host.answers(20, 10);
  assert.ok(host.slots() > 8 && host.slots() < 24, `${host.slots()}: one a round`);
});

test('what is slow is told by the host itself: one that always took 400 ms earns its slots too', () => {
  const host = busyHost();
  host.answers(400, 8);
  assert.ok(host.slots() > 100);
});

test('a receiver that has become slow for good is one after a minute, and earns its slots', () => {
  const host = busyHost();
  host.answers(20, 8);
  host.answers(300, 50);
  assert.equal(host.slots(), 8);
  host.answers(300, 400);
  assert.ok(host.slots() > 50, `${host.slots()} slots`);
});

test('answers that say nothing of how quick the host is earn slots and lose none', () => {
  const host = busyHost();
  host.answers(20, 3);
  const before = host.slots();
  host.answers(2_000, 1, 'unknown');
  assert.ok(host.slots() > before);
});

test('a process whose own event loop comes too late has fewer attempts in flight, and more when it is in time again', () => {
  const pace = new Pace();
  const slots = () => pace.within(many).maxConcurrent;
  pace.turned(400);
  assert.ok(pace.late, 'it cannot say who is slow');
  assert.equal(slots(), 1_000, 'and needs as many as before');
  pace.turned(1_200);
  assert.equal(slots(), 500);
  for (let n = 0; n < 20; n += 1) pace.turned(1_200);
  assert.equal(slots(), 125, 'never none');
  pace.turned(500);
  assert.equal(slots(), 125);
  for (let n = 0; n < 16; n += 1) pace.turned(20);
  assert.ok(!pace.late);
  assert.equal(slots(), 1_000);
});
