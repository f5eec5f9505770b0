import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalStatus } from '../../agent/local/socket.ts';
import type { Left, Named } from '../../control/undo/candidates.ts';
import { planAtInstances } from './local-plan.ts';
import { planOf, type Stands } from './plan.ts';

// R17: one order takes one release; where it would be more, the command line asks.

const hash = (release: number) => `sha256:${String(release).repeat(64)}`;
const named = (release: number, phase: Named['phase'] = 'proved'): Named => ({
  rollout: `shop-${release}`,
  release,
  hash: hash(release),
  phase,
  leadsTo: hash(release - 1),
});
const left = (release: number, phase: Left['phase'] = 'rolled_back'): Left => ({
  ...named(release, phase),
  leftAt: 0,
  because: 'undone by amina: it smells',
});
const stands = (change: Partial<Stands> = {}): Stands => ({
  service: 'shop',
  underWay: null,
  inForce: named(3),
  lately: [],
  ...change,
});
const text = (given: Stands, { from, yes = false }: { from?: string; yes?: boolean } = {}) => {
  const plan = planOf(given, { from, yes });
  switch (plan.kind) {
    case 'order':
      return `leave ${plan.leaves.map(({ rollout }) => rollout).join(' ')}`;
    case 'question':
      return `ask whether to leave ${plan.leaves.map(({ rollout }) => rollout).join(' ')}: ${plan.says}`;
    case 'left':
      return `${plan.left.rollout} is left`;
    case 'nothing':
      return plan.says;
    default:
      return plan satisfies never;
  }
};

test('what is on its way is left before what is in force, and alone', () => {
  assert.equal(text(stands()), 'leave shop-3');
  assert.equal(text(stands({ underWay: named(4, 'testing') })), 'leave shop-4');
  assert.equal(text(stands({ underWay: named(5, 'wave'), lately: [left(4)] })), 'leave shop-5');
  assert.match(text(stands({ inForce: null })), /^Nothing is in force but what is built in/);
});

test('after another was left just now, or while it goes back, a further one is asked for', () => {
  const goes = stands({ lately: [left(4, 'rolling_back')] });
  assert.match(
    text(goes),
    /^ask whether to leave shop-3: Release 4 \(sha256:444444444444\) goes back now: undone by amina/,
  );
  assert.match(
    text(stands({ lately: [left(4)] })),
    /^ask whether to leave shop-3: .*was taken back just now/,
  );
  assert.equal(text(goes, { yes: true }), 'leave shop-3');
  assert.equal(text(stands({ inForce: null, lately: [left(4)] })), 'shop-4 is left');
});

test('what is named is left if it is there; it is no second order if it was left, and nothing else is taken for it', () => {
  const given = stands({ underWay: named(4, 'wave'), lately: [left(5)] });
  assert.equal(text(given, { from: '3' }), 'leave shop-3');
  assert.equal(text(given, { from: 'shop-4' }), 'leave shop-4');
  assert.equal(text(given, { from: hash(4) }), 'leave shop-4');
  assert.equal(text(given, { from: 'sha256:5555' }), 'shop-5 is left');
  assert.match(text(given, { from: '2' }), /^2 is neither on its way nor in force: in force is release 3 /);
});

test('a target that takes more than one release is asked for, and says which', () => {
  const to = { ok: true as const, hash: hash(1), sequence: 1, takes: [3, 2] };
  assert.equal(text(stands({ to: { ...to, takes: [3] } })), 'leave shop-3');
  assert.match(
    text(stands({ to })),
    /^ask .*shop-3: Going to release 1 takes back release 3 and release 2\.$/,
  );
  assert.match(
    text(stands({ to: { ...to, takes: [3] }, underWay: named(4, 'wave') })),
    /^ask whether to leave shop-4 shop-3: .*takes back release 4 \(.*\) and release 3\.$/,
  );
  assert.equal(text(stands({ to }), { yes: true }), 'leave shop-3');
});

const status = (ring: number[], change: Partial<LocalStatus> = {}) => ({
  service: 'shop',
  running: ring[0] === undefined ? null : hash(ring[0]),
  good: ring[0] === undefined ? null : hash(ring[0]),
  coming: null,
  rollout: null,
  ring: ring.map((sequence) => ({ sequence, hash: hash(sequence) })),
  lastUndo: null,
  ...change,
});
const local = (
  statuses: ReturnType<typeof status>[],
  { to, from, yes = false }: { to?: string; from?: string; yes?: boolean } = {},
) => {
  const plan = planAtInstances(statuses, to, { from, yes });
  if (plan.kind === 'refused') return plan.says;
  const names = plan.leaves.map((each) => `${each.hash.at(-1)} of ${each.rollout}`).join(', ');
  return plan.kind === 'order' ? names : `ask: ${plan.says} ${names}`;
};

test('at the instances: what comes in anywhere, else the newest that is served; nothing of another service', () => {
  assert.equal(local([status([3, 2]), status([2])]), '3 of null');
  const coming = status([2], { coming: hash(3), rollout: 'shop-3' });
  assert.equal(local([status([2]), coming]), '3 of shop-3');
  assert.equal(local([status([])]), '');
  assert.match(local([status([3]), status([3], { service: 'rates' })]), /2 services .*shop, rates/);
});

test('at the instances: a further one is asked for, and a target is one that an instance proved before', () => {
  const undone = status([2, 1], { lastUndo: { from: hash(3), agoMs: 400 } });
  assert.match(local([undone, status([2, 1])]), /^ask: An undo was ordered here 1 s ago\. 2 of null/);
  assert.equal(local([undone], { yes: true }), '2 of null');
  assert.equal(local([undone], { from: '2' }), '2 of null');
  assert.match(local([undone], { from: '3' }), /^No instance on this machine has 3/);
  assert.equal(local([status([2], { lastUndo: { from: hash(3), agoMs: 60_000 } })]), '2 of null');
  assert.equal(local([status([3, 2])], { to: '2' }), '3 of null');
  assert.match(
    local([status([4, 3, 2])], { to: '2' }),
    /^ask: Going to release 2 takes back releases 4, 3\./,
  );
  assert.match(local([status([3, 2])], { to: '9' }), /has proved release 9 before/);
  assert.match(local([status([3, 2])], { to: '3' }), /Release 3 is what .* serve with/);
});
