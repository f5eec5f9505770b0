import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AlarmState, noAlarms, step } from '../alarm/step.ts';
import { steadyClock } from './steady-clock.ts';

test('a clock that is set moves no alarm, is said once, and what is written down follows it', () => {
  let [wall, elapsed] = [1_000_000, 500];
  const pass = (ms: number, setByMs = 0) => {
    wall += ms + setByMs;
    elapsed += ms;
  };
  const clock = steadyClock(
    () => wall,
    () => elapsed,
  );
  const policy = { clearAfterMs: 30_000, mostOpen: 9, chain: { page: [], ticket: [], note: [] } };
  const detection = {
    detector: 'misses',
    symptom: 'does not answer',
    severity: 'page' as const,
    subject: 'shop',
    onset: clock.now(),
    at: clock.now(),
    score: 1,
    evidence: 'it is down',
  };
  let state: AlarmState = step(
    noAlarms,
    { type: 'detected', detections: [detection] },
    clock.now(),
    policy,
  ).state;
  const tick = () => {
    const next = step(state, { type: 'tick' }, clock.now(), policy);
    state = next.state;
    return next.effects.map(({ what }) => what);
  };
  pass(1_000, 86_400_000);
  assert.equal(clock.look(), 86_400_000);
  assert.equal(clock.look(), 0);
  assert.deepEqual(tick(), [], 'a day that did not pass resolves nothing');
  assert.equal(clock.wall(), wall);
  assert.equal(clock.steady(wall), clock.now());
  pass(1_000, -2 * 86_400_000);
  assert.equal(clock.look(), -2 * 86_400_000);
  assert.deepEqual(tick(), []);
  pass(28_500);
  assert.deepEqual(tick(), ['resolved'], 'and none lives longer');
  pass(1_000, 20);
  assert.equal(clock.look(), 0, 'small corrections are followed');
  assert.equal(clock.wall(), wall);
});
