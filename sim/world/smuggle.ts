import type { Release } from '../../src/config/release.ts';
import type { Offer } from '../../src/rollout/signed/envelope.ts';
import { sign } from '../../src/rollout/signed/signed.ts';
import { type BehaviourName, behaviours } from '../events/behaviour.ts';
import type { Clock } from '../parts/clock.ts';
import { SERVICE } from '../parts/control/control.ts';
import type { Store } from '../parts/control/store.ts';
import { signerOf } from '../parts/keys.ts';
import type { Server } from '../parts/server/server.ts';
import type { See } from '../seen.ts';
import type { Harms } from './harms.ts';
import { approvalOf, releaseOf } from './releases.ts';

/**
 * A release is offered by somebody who got hold of control's key, past control, with these proofs or none.
 */
export function smuggle(
  {
    instance,
    name,
    proofs,
  }: { instance: string; name: BehaviourName; proofs: 'none' | 'of another' | 'forged' },
  {
    clock,
    store,
    servers,
    see,
    harms,
    first,
    number,
  }: {
    clock: Clock;
    store: Store;
    servers: ReadonlyMap<string, Server>;
    see: See;
    harms: Harms;
    first: Release;
    number: number;
  },
): void {
  const release = releaseOf(1_000 + number, first);
  harms.set(release.hash, { production: behaviours[name], testing: behaviours[name] });
  const rollout = `smuggled-${number}`;
  see({ type: 'chaos', what: `${instance} is offered ${rollout} past control, with proofs ${proofs}` });
  const others = [...store.rollouts.values()].at(-1);
  const known =
    others === undefined ? { receipts: [] } : store.proofsOf(others.state.id, others.state.hash, clock.now);
  const forged = {
    ...sign(
      {
        kind: 'imara.receipt/1' as const,
        service: SERVICE,
        hash: release.hash,
        environment: 'testing',
        instance: 'test-1',
        verdict: 'passed' as const,
        payments: 20,
        issuedAt: clock.now,
        expiresAt: clock.now + 600_000,
      },
      signerOf('key-of-mallory'),
    ),
    key: 'key-of-test-1',
  };
  const body: Offer = {
    kind: 'imara.offer/1',
    order: store.nextOrder(),
    rollout,
    instance,
    environment: 'production',
    release,
    undoTo: first.hash,
    leaseMs: 10_000,
    breakGlass: false,
    receipts: proofs === 'none' ? [] : proofs === 'forged' ? [forged] : [...known.receipts],
    approvals: [sign(approvalOf(rollout, release, first), signerOf('key-of-control'))],
  };
  const envelope = sign(body, signerOf('key-of-control'));
  see({ type: 'approved', rollout, person: 'amina', breakGlass: false });
  servers.get(instance)?.take({ type: 'offer', envelope });
}
