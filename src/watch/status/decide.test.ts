import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Component, type Sight, STATES, shown, startComponent } from './component.ts';
import { look, override } from './decide.ts';

const calm: Omit<Sight, 'at'> = {
  good: 100,
  bad: 0,
  usual: 0.01,
  slow: false,
  alarm: null,
  probes: [],
  planned: false,
};
const flows = (...ok: (boolean | null)[]) =>
  ok.map((each, index) => ({ flow: 'payment', vantage: `v${index}`, ok: each }));

/** Sees the same for so many seconds. */
function see(component: Component, seconds: number, sight: Partial<Sight>): Component {
  let [next, at] = [component, lastSeen.get(component) ?? 0];
  for (let second = 0; second < seconds; second += 1) {
    at += 1000;
    next = look(next, { ...calm, ...sight, at });
  }
  lastSeen.set(next, at);
  return next;
}
const lastSeen = new WeakMap<Component, number>();
const fresh = () => startComponent('stk-push', 0);

const entered: readonly [string, Partial<Sight>, number, string][] = [
  ['a ticket', { alarm: 'ticket' }, 1, 'degraded_performance'],
  ['slow for 60 s', { slow: true }, 61, 'degraded_performance'],
  ['1 % failing for 30 s', { good: 98, bad: 2 }, 31, 'degraded_performance'],
  [
    'a flow that fails from one of three places',
    { probes: flows(false, true, true) },
    1,
    'degraded_performance',
  ],
  ['a page', { alarm: 'page' }, 1, 'partial_outage'],
  ['5 % failing for 10 s', { good: 94, bad: 6 }, 11, 'partial_outage'],
  ['a flow that fails from two of three places', { probes: flows(false, false, true) }, 1, 'partial_outage'],
  ['silence', { good: 0, alarm: 'silence' }, 1, 'major_outage'],
  ['half failing for 5 s', { good: 50, bad: 50 }, 6, 'major_outage'],
  ['a flow that fails from all places', { probes: flows(false, false, null) }, 1, 'major_outage'],
];
for (const [what, sight, seconds, state] of entered) {
  test(`${what} is a ${state.replace('_', ' ')}, and not before`, () => {
    assert.equal(see(fresh(), seconds, sight).state, state);
    if (seconds > 1) assert.notEqual(see(fresh(), seconds - 1, sight).state, state);
  });
}

test('a major outage is left one step at a time: two minutes, then five of usual', () => {
  const down = see(fresh(), 10, { good: 0, bad: 100 });
  assert.equal(see(down, 120, {}).state, 'major_outage');
  const half = see(down, 121, {});
  assert.equal(half.state, 'partial_outage');
  assert.equal(see(half, 300, {}).state, 'partial_outage');
  assert.equal(see(half, 302, {}).state, 'operational');
});

test('a partial outage is not left before all flows were good ten times in a row', () => {
  const down = see(fresh(), 1, { alarm: 'page', probes: flows(false, true, true) });
  const waiting = see(down, 400, { probes: flows(null, null, null) });
  assert.equal(waiting.state, 'partial_outage');
  assert.equal(see(waiting, 9, { probes: flows(true, true, true) }).state, 'partial_outage');
  assert.equal(see(waiting, 10, { probes: flows(true, true, true) }).state, 'operational');
});

test('R10: without requests nothing is known, and what was bad stays bad', () => {
  const down = see(fresh(), 20, { good: 90, bad: 10 });
  assert.equal(see(down, 600, { good: 0 }).state, 'partial_outage');
});

test('planned work is shown as such, and hides no major outage', () => {
  const planned = see(fresh(), 1, { planned: true, alarm: 'page' });
  assert.equal(planned.state, 'under_maintenance');
  assert.equal(see(planned, 6, { planned: true, good: 0, bad: 100 }).state, 'major_outage');
  assert.equal(see(planned, 1, { planned: false }).state, 'operational');
});

test("a person's word goes before the machine's until it expires, and needs a reason", () => {
  const word = { state: 'degraded_performance' as const, by: 'achieng', reason: 'a false alarm' };
  const said = override(see(fresh(), 1, { alarm: 'page' }), word, 1000);
  assert.equal(said.override?.until, 1000 + 30 * 60_000);
  assert.equal(shown(said, 2000), 'degraded_performance');
  assert.equal(shown(said, 1000 + 30 * 60_000), 'partial_outage');
  assert.throws(() => override(said, { ...word, reason: ' ' }, 1000), /reason/);
  assert.throws(() => override(said, { ...word, until: 1000 + 2 * 86_400_000 }, 1000), /within a day/);
});

test('whatever is seen, the state is one that exists, and a step down never skips the wait', () => {
  const sight = fc.record({
    ...{
      good: fc.nat(100),
      bad: fc.nat(100),
      usual: fc.constant(0.01),
      slow: fc.boolean(),
      planned: fc.constant(false),
    },
    alarm: fc.constantFrom(null, 'page', 'ticket', 'silence'),
    probes: fc.array(fc.boolean(), { maxLength: 3 }).map((all) => flows(...all)),
  });
  fc.assert(
    fc.property(fc.array(sight, { maxLength: 100 }), (sights) => {
      let component = fresh();
      for (const [index, one] of sights.entries()) {
        const next = look(component, { ...one, at: (index + 1) * 1000 });
        assert.ok(STATES.includes(next.state));
        // A hundred seconds are less than any wait.
        assert.ok(STATES.indexOf(next.state) >= STATES.indexOf(component.state));
        component = next;
      }
    }),
    { numRuns: 100, seed: 1 },
  );
});
