import type { Release } from '../../../config/release.ts';
import type { Envelope, Offer } from '../../signed/envelope.ts';
import { release } from '../../testdata/releases.ts';
import { step } from '../instance.ts';
import { EMPTY_RING, withProved } from '../ring.ts';
import {
  type At,
  type InstanceEffect,
  type InstanceEvent,
  type InstanceState,
  defaultInstanceLimits as limits,
  type Memory,
  NO_MEMORY,
  newInstance,
} from '../state.ts';

export const [r1, r2, r3, r4] = [release(1), release(2), release(3), release(4)];
export const memory: Memory = {
  ...NO_MEMORY,
  ring: withProved(withProved(EMPTY_RING, r1, 1), r2, 2),
  order: 1,
};
export const offer3 = offer(r3, 'roll-3', 3);
export const T = 1_000;

/** One state in each phase, with r2 proved and r3 on its way. */
export const states: Record<At, InstanceState> = {
  down: newInstance,
  starting: after(newInstance, { type: 'boot', memory }),
  steady: steady(),
  verifying: after(steady(), { type: 'offered', envelope: sealed(offer3) }),
  tasting: tasting(),
  switching: after(tasting(), { type: 'tasted', order: 3 }),
  lent: lent(),
  proving: proving(),
  returning: after(lent(), { type: 'undo', rollout: 'roll-3', from: r3.hash, to: null }),
};

/** Every kind of event: what is expected, what belongs to another release, and what comes again. */
export const events: InstanceEvent[] = [
  { type: 'boot', memory },
  { type: 'boot', memory: NO_MEMORY },
  { type: 'up' },
  { type: 'tick' },
  ...[offer3, offer(r4, 'roll-4', 4), offer(r2, 'roll-2', 2), offer(r4, 'roll-old', 1)].flatMap(
    (each): InstanceEvent[] => [
      { type: 'offered', envelope: sealed(each) },
      { type: 'verified', offer: each },
      { type: 'rejected', order: each.order, cause: 'no receipt' },
      { type: 'tasted', order: each.order },
      { type: 'taste_failed', order: each.order, cause: 'auth.servers[0]: does not resolve' },
      {
        type: 'renewed',
        renewal: {
          kind: 'imara.renewal/1',
          rollout: each.rollout,
          hash: each.release.hash,
          instance: 'api-1',
          beat: 1,
          leaseMs: 10_000,
        },
        sentAt: T,
      },
      { type: 'proved', proof: proof(each), outcomes: 50, epochMs: 3 },
    ],
  ),
  ...[r1, r2, r3, r4].flatMap(({ hash }): InstanceEvent[] => [
    { type: 'switched', hash },
    { type: 'switch_failed', hash, cause: 'threw' },
    { type: 'saved', hash },
    { type: 'save_failed', hash, cause: 'disk full' },
    { type: 'value_failed', hash, cause: 'auth.servers[0]: refused' },
    { type: 'value_failed', hash, cause: 'auth.servers[0]: refused', unchanged: true },
    { type: 'undo', rollout: null, from: hash, to: null },
    { type: 'undo', rollout: 'roll-3', from: hash, to: r1.hash },
    { type: 'undo', rollout: 'roll-3', from: hash, to: 'sha256:nowhere' },
  ]),
  { type: 'switched', hash: null },
  { type: 'gave_up', rollout: 'roll-3' },
];

export function steady(): InstanceState {
  return after(after(newInstance, { type: 'boot', memory }), { type: 'up' });
}

export function tasting(): InstanceState {
  const verifying = after(steady(), { type: 'offered', envelope: sealed(offer3) });
  return after(verifying, { type: 'verified', offer: offer3 });
}

export function lent(): InstanceState {
  return after(after(tasting(), { type: 'tasted', order: 3 }), { type: 'switched', hash: r3.hash });
}

export function proving(): InstanceState {
  return after(lent(), { type: 'proved', proof: proof(offer3), outcomes: 50, epochMs: 3 });
}

export function rebooted(state: InstanceState): InstanceState {
  return after(newInstance, { type: 'boot', memory: JSON.parse(JSON.stringify(state.memory)) });
}

export function run(state: InstanceState, event: InstanceEvent, now = T) {
  return step(state, event, now, limits);
}

export function after(state: InstanceState, event: InstanceEvent, now = T): InstanceState {
  return run(state, event, now).state;
}

export function messages(effects: InstanceEffect[]): string[] {
  return effects.flatMap((effect) => (effect.type === 'tell' ? [effect.message.type] : []));
}

export function offer(of: Release, rollout: string, order: number): Offer {
  return {
    kind: 'imara.offer/1',
    order,
    rollout,
    instance: 'api-1',
    environment: 'production',
    release: of,
    undoTo: r2.hash,
    leaseMs: 10_000,
    breakGlass: false,
    receipts: [],
    approvals: [],
  };
}

export function proof({ rollout, release: { hash } }: Offer) {
  return { kind: 'imara.proof/1' as const, rollout, hash, instance: 'api-1' };
}

/** The machine leaves signatures to the edge, so these have none. */
export function sealed(body: Offer): Envelope {
  return { body, key: 'control', signature: '' };
}

export function entries<Key extends string, Value>(record: Readonly<Record<Key, Value>>): [Key, Value][] {
  const keys = Object.keys(record).filter((key): key is Key => key in record);
  return keys.map((key) => [key, record[key]]);
}
