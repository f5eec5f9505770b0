import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logEndings, observeEndings } from '../gate/evidence-of-endings.ts';
import { defaultGatePolicy, newGate } from '../gate/gate.ts';
import { World } from '../testdata/fleet.ts';
import { gateFor } from './evidence.ts';
import type { Before } from './state.ts';

const CROSSED = Math.log(1 / (defaultGatePolicy.falseAlarm * defaultGatePolicy.weights.endings));

/** So many seconds of ten requests a second, of which three in a hundred are refused. */
function seen(seconds: number): Before {
  const [request, refused] = [10 * seconds, Math.round(0.3 * seconds)];
  return {
    good: request,
    bad: 0,
    ms: seconds * 1_000,
    endings: { request, 'request/invalid_field': refused },
  };
}

/**
 * What the bake of a release that refuses one in three says after half a minute, against one instance without
 * it.
 */
function bakeAgainst(control: Before | undefined): number {
  const { state } = new World(3).submit().tested().approved();
  const baseline = { 'api-1': seen(100), 'api-2': seen(100), ...(control && { 'api-3': control }) };
  const waves = [
    { kind: 'first' as const, instances: ['api-1'] },
    { kind: 'widest' as const, instances: ['api-2'] },
  ].map((wave) => ({ ...state.waves[0], ...wave }) as (typeof state.waves)[number]);
  const gate = gateFor({ ...state, baseline, waves }, newGate(2), 1);
  let { endings } = gate;
  for (let second = 0; second < 30; second++) {
    endings = observeEndings(endings, {
      exposed: { endings: { request: 20, 'request/invalid_field': 7 }, members: { request: 2 } },
      control: {
        endings: { request: 10, ...(second % 3 === 0 && { 'request/invalid_field': 1 }) },
        members: { request: 1 },
      },
    });
  }
  return logEndings(endings, 2);
}

test('R3 R19: who came, or was given its release, just before the push hides nothing of what the next one does', () => {
  assert.ok(bakeAgainst(undefined) >= CROSSED, 'never seen before');
  for (const seconds of [0, 4, 20, 60, 100]) {
    const said = bakeAgainst(seen(seconds));
    assert.ok(said >= CROSSED, `seen for ${seconds} s: ${said} of ${CROSSED}`);
  }
});
