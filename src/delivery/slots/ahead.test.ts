import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deadline } from '../../platform/deadline.ts';
import type { ClaimedCallback } from '../outbox/claims.ts';
import { Ahead } from './ahead.ts';
import { Shares } from './shares.ts';

const limits = { maxConcurrent: 64, maxConcurrentPerHost: 4 };
const soon = Deadline.in(60_000);

let made = 0;
function callback(host: string): ClaimedCallback {
  made += 1;
  const id = String(made);
  return {
    id,
    host,
    url: '',
    headers: {},
    body: '',
    attempts: 0,
    createdAt: new Date(0),
    claim: 'c',
    fault: null,
    retryAfterSeconds: null,
  };
}

/** Hosts that have answered `times` attempts within `ms` each. */
function known(hosts: readonly string[], ms: number, times = 100): { shares: Shares; ahead: Ahead } {
  const shares = new Shares();
  const ahead = new Ahead(shares);
  for (const host of hosts) {
    for (let i = 0; i < times; i += 1) {
      shares.take(host);
      shares.giveBack(host, 'responsive');
      ahead.took(host, ms);
    }
  }
  return { shares, ahead };
}

const all = () => true;

test('a receiver that answers at once is claimed for eight turns ahead, a slow or unknown one for its slots alone', () => {
  const { ahead } = known(['quick'], 1);
  assert.deepEqual(ahead.allot(['quick', 'new'], limits), [
    { host: 'quick', take: 4 + 32 },
    { host: 'new', take: 1 },
  ]);
  assert.deepEqual(known(['slow'], 1_000).ahead.allot(['slow'], limits), [{ host: 'slow', take: 5 }]);
});

test('R12: all hosts together are claimed for no further ahead than there are slots', () => {
  const hosts = Array.from({ length: 16 }, (_, n) => `host-${n}`);
  const { ahead } = known(hosts, 1);
  const claimed = ahead.allot(hosts, limits).reduce((sum, { take }) => sum + take, 0);
  assert.ok(claimed <= 2 * limits.maxConcurrent, `${claimed} claimed`);
});

test('R12: of what is written here a quick receiver is promised four times as much, and all together are', () => {
  const promisesOf = (ahead: Ahead, host: string) => {
    let promised = 0;
    while (ahead.promise(host, limits)) promised += 1;
    return promised;
  };
  const hosts = Array.from({ length: 16 }, (_, n) => `host-${n}`);
  const { ahead } = known(hosts, 1);
  assert.equal(promisesOf(ahead, 'host-0'), 4 * 32);
  assert.equal(promisesOf(ahead, 'new'), 0);
  for (let n = 0; n < 4 * 32; n += 1) ahead.redeem('host-0');
  const all = hosts.reduce((sum, host) => sum + promisesOf(ahead, host), 0);
  assert.equal(all, 4 * limits.maxConcurrent);
});

test('the next claim is made when half of what was claimed ahead has begun', () => {
  const { shares, ahead } = known(['quick'], 1);
  for (let n = 0; n < 36; n += 1) ahead.add(callback('quick'), soon);
  for (let n = 0; n < 4; n += 1) shares.take(ahead.next(all)?.host ?? '');
  assert.deepEqual(ahead.allot(['quick'], limits), []);
  for (let n = 0; n < 16; n += 1) ahead.next(all);
  assert.deepEqual(ahead.allot(['quick'], limits), [{ host: 'quick', take: 16 }]);
});

test('R12: a host whose line is long lets the others have their turns', () => {
  const ahead = new Ahead(new Shares());
  for (const host of ['a', 'a', 'a', 'b']) ahead.add(callback(host), soon);
  const order = [1, 2, 3, 4].map(() => ahead.next(all)?.host);
  assert.deepEqual(order, ['a', 'b', 'a', 'a']);
  assert.equal(ahead.next(all), undefined);
});

test('what is too late for its claim, or waits for a host that stopped answering, is handed back', () => {
  const ahead = new Ahead(new Shares());
  const late = callback('a');
  const inTime = callback('a');
  const hung = callback('b');
  ahead.add(late, Deadline.in(0));
  ahead.add(inTime, soon);
  ahead.add(hung, soon);
  assert.deepEqual(ahead.takeLate(), [late]);
  assert.deepEqual(ahead.takeAll('b'), [hung]);
  assert.equal(ahead.next(all), inTime);
  assert.equal(ahead.next(all), undefined);
});
