import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newRelease } from '../config/release.ts';
import type { Outcomes } from './gate/gate.ts';
import { random } from './gate/testdata/random.ts';
import { step as stepInstance } from './instance/instance.ts';
import { EMPTY_RING, withProved } from './instance/ring.ts';
import {
  type InstanceEvent,
  type InstanceState,
  defaultInstanceLimits as limits,
  NO_MEMORY,
  newInstance,
} from './instance/state.ts';
import { newRollout, step as stepRollout } from './machine/machine.ts';
import type { RolloutEvent, RolloutState } from './machine/state.ts';
import type { Offer } from './signed/envelope.ts';
import { policy, well } from './testdata/fleet.ts';

// Both machines together, over a network that loses, doubles, delays and reorders.

const facts = {
  service: 'platform',
  schema: 's/1',
  parent: null,
  author: 'wanjiru',
  reason: '',
  createdAt: 0,
};
const good = newRelease({ ...facts, sequence: 1, content: { auth: 'old' } });
const next = newRelease({ ...facts, sequence: 2, content: { auth: 'new' } });
const NONE: Outcomes = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };
const TICK = 50;

interface Weather {
  seed: number;
  loss: number;
  maxDelayMs: number;
  /** When control is away, and for how long; ms since the start. */
  awayAt: number;
  awayMs: number;
  /** When somebody undoes it; 0: nobody does. */
  undoAt: number;
  /** An instance whose process dies, and when; 0: none does. */
  crashAt: number;
}

class Joined {
  now = 1_000_000;
  rollout: RolloutState;
  controlAway = false;
  weather: Weather;
  readonly instances = new Map<string, InstanceState>();
  readonly #wire: { at: number; deliver: () => void }[] = [];
  readonly #beats = new Map<string, number>();
  readonly #sentAt = new Map<string, number>();
  readonly #random: () => number;
  #order = 0;

  constructor(weather: Weather) {
    this.weather = weather;
    this.#random = random(weather.seed);
    const rolloutPolicy = { ...policy, people: 0, testMs: 60_000, takeMs: 20_000 };
    this.rollout = newRollout({
      id: 'r',
      hash: next.hash,
      undoTo: good.hash,
      author: 'wanjiru',
      policy: rolloutPolicy,
    });
    for (const name of ['test-1', 'api-1', 'api-2', 'api-3', 'api-4']) {
      this.instances.set(name, newInstance);
      const ring = withProved(EMPTY_RING, good, 1);
      this.#tell(name, { type: 'boot', memory: { ...NO_MEMORY, ring } });
      this.#tell(name, { type: 'up' });
    }
  }

  serves(name: string): string | undefined {
    const state = this.instances.get(name);
    const phase = state?.phase;
    return phase?.at === 'lent' || phase?.at === 'proving' ? phase.offer.release.hash : state?.good?.hash;
  }

  decide(event: RolloutEvent): void {
    if (this.controlAway) return;
    const { state, effects } = stepRollout(this.rollout, event, this.now);
    this.rollout = state;
    for (const effect of effects) {
      if (effect.type === 'journal' || effect.type === 'refuse') continue;
      const { instance } = effect;
      const order = ++this.#order;
      this.#send(() => {
        switch (effect.type) {
          case 'offer':
            return this.#tell(instance, {
              type: 'offered',
              envelope: sealed(instance, order, effect.leaseMs),
            });
          case 'undo':
            return this.#tell(instance, { type: 'undo', rollout: 'r', from: effect.from, to: effect.to });
          case 'prove': {
            const proof = { kind: 'imara.proof/1', rollout: 'r', hash: next.hash, instance } as const;
            return this.#tell(instance, { type: 'proved', proof, outcomes: 9, epochMs: this.now });
          }
          case 'renew': {
            const { beat, leaseMs } = effect;
            const renewal = {
              kind: 'imara.renewal/1',
              rollout: 'r',
              hash: next.hash,
              instance,
              beat,
              leaseMs,
            } as const;
            const sentAt = this.#sentAt.get(`${instance} ${beat}`) ?? 0;
            return this.#tell(instance, { type: 'renewed', renewal, sentAt });
          }
          default:
            return effect satisfies never;
        }
      });
    }
  }

  run(ms: number, check: () => void): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += TICK;
      for (const name of this.instances.keys()) this.#tell(name, { type: 'tick' });
      if (this.now % 250 === 0) {
        for (const name of this.instances.keys()) this.#beat(name);
        this.decide({ type: 'tick' });
      }
      const due = this.#wire.filter(({ at }) => at <= this.now);
      for (const message of due) {
        this.#wire.splice(this.#wire.indexOf(message), 1);
        message.deliver();
      }
      check();
    }
  }

  crash(name: string): void {
    const { memory } = this.instances.get(name) ?? newInstance;
    this.#tell(name, { type: 'boot', memory: JSON.parse(JSON.stringify(memory)) });
    this.#tell(name, { type: 'up' });
  }

  #beat(name: string): void {
    const seq = this.#nextSeq(name);
    const hash = this.serves(name) ?? null;
    this.#sentAt.set(`${name} ${seq}`, this.now);
    const probes = { ...NONE, good: 5 };
    this.#send(() => {
      this.decide({ type: 'beats', beats: [{ instance: name, seq, beat: seq, hash, vitals: well }] });
      this.decide({
        type: 'outcomes',
        reports: [{ instance: name, seq, hash, live: { ...NONE, good: 5 }, probes }],
      });
      if (name === 'test-1' && hash === next.hash) {
        this.decide({ type: 'receipt', instance: name, passed: true, cause: '' });
      }
    });
  }

  #tell(name: string, event: InstanceEvent): void {
    const { state, effects } = stepInstance(this.instances.get(name) ?? newInstance, event, this.now, limits);
    this.instances.set(name, state);
    for (const effect of effects) {
      switch (effect.type) {
        case 'verify':
          this.#tell(name, { type: 'verified', offer: effect.envelope.body });
          break;
        case 'taste':
          this.#tell(name, { type: 'tasted', order: effect.order });
          break;
        case 'switch':
          this.#tell(name, { type: 'switched', hash: effect.to?.hash ?? null });
          break;
        case 'save':
          if (effect.hash !== undefined) this.#tell(name, { type: 'saved', hash: effect.hash });
          break;
        case 'tell': {
          const seq = this.#nextSeq(name);
          this.#insist({ type: 'claimed', instance: name, seq, message: effect.message });
          break;
        }
        case 'start':
        case 'restart':
          break;
        default:
          effect satisfies never;
      }
    }
  }

  #send(deliver: () => void): void {
    const { loss, maxDelayMs } = this.weather;
    const copies = this.#random() < loss ? 0 : this.#random() < 0.1 ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.#wire.push({ at: this.now + this.#random() * maxDelayMs, deliver });
    }
  }

  /** What an instance has to tell is sent again until control has it. */
  #insist(event: RolloutEvent): void {
    const at = this.now + this.#random() * this.weather.maxDelayMs;
    const lost = this.#random() < this.weather.loss;
    this.#wire.push({
      at,
      deliver: () => (lost || this.controlAway ? this.#insist(event) : this.decide(event)),
    });
  }

  #nextSeq(name: string): number {
    const seq = (this.#beats.get(name) ?? 0) + 1;
    this.#beats.set(name, seq);
    return seq;
  }
}

const weather = fc.record({
  seed: fc.nat(),
  loss: fc.constantFrom(0, 0, 0.02, 0.1, 0.3),
  maxDelayMs: fc.constantFrom(10, 100, 400, 400, 3_000),
  awayAt: fc.nat(20_000),
  awayMs: fc.constantFrom(0, 0, 2_000, 60_000),
  undoAt: fc.constantFrom(0, 0, 0, 1_000, 6_000, 12_000, 30_000),
  crashAt: fc.constantFrom(0, 0, 0, 3_000, 9_000),
});

test('R5 R6: over any network, everybody ends on one release, and nobody serves an unproved one without a lease', () => {
  const ends = new Set<string>();
  fc.assert(
    fc.property(weather, (given) => {
      const world = new Joined(given);
      const start = world.now;
      const check = () => checkAll(world);
      world.decide(submitted());
      const marks = [
        { at: given.awayAt, act: () => (world.controlAway = given.awayMs > 0) },
        { at: given.awayAt + given.awayMs, act: () => comeBack(world) },
        { at: given.undoAt, act: () => given.undoAt > 0 && world.decide(undone()) },
        { at: given.crashAt, act: () => given.crashAt > 0 && world.crash('api-1') },
        { at: 90_000, act: () => undefined },
      ].toSorted((a, b) => a.at - b.at);
      for (const { at, act } of marks) {
        world.run(start + at - world.now, check);
        act();
      }
      // The weather clears; what was decided, or undone by an order that control did not hear, comes to its
      // end.
      world.weather = { ...given, loss: 0, maxDelayMs: 10 };
      world.run(90_000, check);
      const { at } = world.rollout.phase;
      ends.add(at);
      assert.ok(at === 'proved' || at === 'rolled_back', at);
      const expected = at === 'proved' ? next.hash : good.hash;
      for (const name of world.instances.keys()) assert.equal(world.serves(name), expected, `${at}: ${name}`);
    }),
    { numRuns: 80 },
  );
  assert.deepEqual([...ends].toSorted(), ['proved', 'rolled_back']);
});

function checkAll({ instances, now, rollout }: Joined): void {
  for (const [name, { phase }] of instances) {
    if (phase.at === 'lent') assert.ok(phase.lease.expiresAt > now, `R5: ${name}`);
    if (name.startsWith('api') && (phase.at === 'lent' || phase.at === 'proving')) {
      assert.ok(rollout.receipts.includes('test-1'), `R2: ${name}`);
    }
  }
}

function comeBack(world: Joined): void {
  world.controlAway = false;
  world.decide({ type: 'resume' });
}

function submitted(): RolloutEvent {
  const target = ['api-1', 'api-2', 'api-3', 'api-4'].map((instance) => ({ instance, cell: 'a' }));
  const traffic = { rps: 40, probes: 20, deadlineMs: 1_000, lagMs: 500, maxWaitingPerInstance: 4 };
  return { type: 'submit', testing: [{ instance: 'test-1', cell: 'a' }], target, traffic };
}

function undone(): RolloutEvent {
  return { type: 'undo', by: 'amina', reason: 'smoke' };
}

function sealed(instance: string, order: number, leaseMs: number) {
  const body: Offer = {
    kind: 'imara.offer/1',
    order,
    rollout: 'r',
    instance,
    environment: 'production',
    release: next,
    undoTo: good.hash,
    leaseMs,
    breakGlass: false,
    receipts: [],
    approvals: [],
  };
  return { body, key: 'control', signature: '' };
}
