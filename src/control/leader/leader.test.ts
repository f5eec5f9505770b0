import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLeaderStore, through } from '../../../sim/parts/control/leader-store.ts';
import { createStore } from '../../../sim/parts/control/store.ts';
import { realCores } from '../../../sim/parts/cores.ts';
import { signerOf, verify } from '../../../sim/parts/keys.ts';
import { newRelease } from '../../config/release.ts';
import { fresh } from '../../rollout/machine/fleet.ts';
import { newRollout } from '../../rollout/machine/machine.ts';
import type { RolloutPhase, RolloutState } from '../../rollout/machine/state.ts';
import { createInstanceRegistry } from '../agents/registry.ts';
import { defaultControlSettings } from '../settings.ts';
import type { Assignment } from '../store/assignments.ts';
import { LATELY_MS } from '../undo/candidates.ts';
import { createLeader } from './leader.ts';
import type { LeaderPorts, LeaderStore } from './ports.ts';
import { createSignedEvents } from './signed-events.ts';
import { decide } from './turn/decide.ts';

const service = 'shop';
const api = { service, environment: 'production', instance: 'api-1' };

const START = 1_000;

/** A new leader after its first turn, on a store with one rollout whose last order to `api-1` is `action`. */
async function leading(
  action: Assignment['action'],
  phase: RolloutPhase,
  // Somebody else has it, and has not found the new leader yet: nothing is decided before it has had time.
  instances: RolloutState['instances'] = { 'api-2': { ...fresh('target', 'cell-1', 0), has: 'lent' } },
) {
  const said: string[] = [];
  let time = START;
  const now = () => time;
  const store = createStore(now);
  const { ofLeader } = createLeaderStore(store, { service, cores: realCores, now });
  const { policy } = defaultControlSettings;
  const release = newRelease({
    service,
    schema: 'shop/1',
    sequence: 1,
    content: { limit: 1 },
    parent: null,
    author: 'wanjiru',
    reason: 'a test',
    createdAt: 0,
  });
  const { hash, author } = release;
  const rollout = 'shop-1';
  const state = newRollout({ id: rollout, hash, undoTo: null, author, policy });
  store.insert({ ...state, phase, instances }, release);
  if (phase.at === 'proved') store.current = rollout;
  const common = { ...api, rollout, hash, undoTo: null, leaseMs: 10_000, breakGlass: false, attempt: 1 };
  store.words.set('api-1', { ...common, action, order: 1 });
  let term: number | undefined = 0;
  const ports: LeaderPorts = {
    name: 'control-1',
    store: through<LeaderStore>(ofLeader, async (what) => what()),
    election: { term: () => term, leader: () => undefined },
    registry: createInstanceRegistry({ most: 10 }),
    streams: {
      send(_service, _instance, text) {
        said.push(/^event: (.*)$/m.exec(text)?.[1] ?? text);
        return true;
      },
      endAll() {},
    },
    signedEvents: createSignedEvents(signerOf('key-of-control')),
    keys: () => [],
    keysOf: () => [],
    verify,
    settings: () => defaultControlSettings,
    clock: { now },
    elapsedMs: now,
    decide,
    log: { info() {}, warn() {}, debug() {} },
  };
  const leader = createLeader(ports);
  await leader.turn();
  assert.ok(leader.serves());
  return {
    leader,
    said,
    store,
    pass(ms: number) {
      time += ms;
    },
    endTerm() {
      term = undefined;
    },
  };
}

/** What an instance hears that connects to a new leader, where its last word was this one. */
async function greeted(
  action: Assignment['action'],
  phase: RolloutPhase,
  { led = true } = {},
): Promise<string[]> {
  const { leader, said, endTerm } = await leading(action, phase);
  if (!led) endTerm();
  leader.greet(api);
  return said;
}

const WAVE: RolloutPhase = { at: 'wave', wave: 0, openedAt: 0, since: 0 };
const WENT_BACK: RolloutPhase = { at: 'rolled_back', reason: 'smoke' };
const GOES_BACK: RolloutPhase = { at: 'rolling_back', reason: 'smoke' };

test('whoever connects hears the last word it was given', async () => {
  assert.deepEqual(await greeted('offer', WAVE), ['offer']);
  assert.deepEqual(await greeted('proof', { at: 'proved' }), ['proof']);
  assert.deepEqual(await greeted('undo', GOES_BACK), ['undo']);
});

test('R6: the leader after the one that decided an undo offers nobody what goes back', async () => {
  assert.deepEqual(await greeted('offer', GOES_BACK), []);
  assert.deepEqual(await greeted('proof', GOES_BACK), []);
  assert.deepEqual(await greeted('proof', WENT_BACK), [], 'and proves nobody what went back');
});

test('R6: after its term a leader says nothing forward: another may have taken it back', async () => {
  assert.deepEqual(await greeted('offer', WAVE, { led: false }), []);
  assert.deepEqual(await greeted('proof', { at: 'proved' }, { led: false }), []);
  assert.deepEqual(await greeted('undo', GOES_BACK, { led: false }), ['undo']);
});

test('R17: what the leader before began to take back is known as left just now once it is back', async () => {
  const { leader, store, pass } = await leading('undo', GOES_BACK, {});
  assert.equal(store.rollouts.get('shop-1')?.state.phase.at, 'rolled_back');
  const left = () => leader.standing(service)?.standing.lately.map(({ rollout }) => rollout);
  assert.deepEqual(left(), ['shop-1']);
  await leader.turn();
  assert.deepEqual(left(), ['shop-1'], 'also when it is stepped no more');
  pass(LATELY_MS + 1);
  assert.deepEqual(left(), []);
});
