import type { DatabaseClient } from '../../platform/database/database.ts';
import { fresh } from '../../rollout/machine/fleet.ts';
import { newRollout } from '../../rollout/machine/machine.ts';
import type { Progress, RolloutPolicy, RolloutState } from '../../rollout/machine/state.ts';
import type { Approval } from '../../rollout/signed/approval.ts';
import { type Signed, signerOf, type TrustedKey, type Verify } from '../../rollout/signed/signed.ts';
import { roleOf } from '../leader/turn/events.ts';
import type { Entry } from '../store/journal.ts';
import { insertApproval } from '../store/proofs.ts';
import { insertSigned, nextSequence, type ReleaseStatement } from '../store/releases.ts';
import { findRollout, insertRollout, setCurrent } from '../store/rollouts.ts';
import type { Adoption } from './agree.ts';
import { rolloutName } from './epoch.ts';

export interface Adopting {
  readonly adoption: Adoption;
  /** Control's own proof of a release that it takes into its books. */
  readonly vouch: (release: ReleaseStatement) => Signed<ReleaseStatement>;
  readonly keys: readonly TrustedKey[];
  readonly verify: Verify;
  readonly policy: RolloutPolicy;
  readonly now: number;
}

/** The rollout of an adopted release: it is proved, and who has it has it for good. */
export function adoptedState(
  { shown, having, members }: Adoption,
  { id, policy, now }: { id: string; policy: RolloutPolicy; now: number },
): RolloutState {
  const { release, vouch } = shown;
  const instances = members.flatMap(({ instance, environment, cell }): [string, Progress][] => {
    const role = roleOf(environment);
    if (role === undefined) return [];
    return [[instance, { ...fresh(role, cell, now), has: having.includes(instance) ? 'proved' : 'old' }]];
  });
  const { hash, author } = release;
  return {
    ...newRollout({ id, hash, undoTo: vouch.undoTo, author, policy }),
    phase: { at: 'proved' },
    instances: Object.fromEntries(instances),
  };
}

/** Its approvals travel with every offer; one that nobody who may has signed does not. */
export function believedApprovals(
  { shown }: Adoption,
  { keys, verify }: Pick<Adopting, 'keys' | 'verify'>,
): Signed<Approval>[] {
  const { approvals, rollout } = shown.vouch;
  return approvals.filter((approval) => {
    const role = signerOf(approval, keys, verify)?.role;
    return (role === 'control' || role === 'person') && approval.body.rollout === rollout;
  });
}

/**
 * Writes what an instance has shown into the books, as it stood there before. Returns what is to be
 * journalled.
 */
export async function adopt(client: DatabaseClient, adopting: Adopting): Promise<Entry> {
  const { adoption, now, policy } = adopting;
  const { release, vouch } = adoption.shown;
  const { service } = release;
  await client.query('insert into control.service (service) values ($1) on conflict do nothing', [service]);
  await client.query('select from control.service where service = $1 for update', [service]);
  const next = await nextSequence(client, service);
  // A number that was given again since is not taken from the other.
  const sequence = release.sequence >= next ? release.sequence : next;
  const taken = (await findRollout(client, vouch.rollout)) !== undefined;
  const id = taken ? await rolloutName(client, service, sequence) : vouch.rollout;
  const state = adoptedState(adoption, { id, policy, now });
  await insertSigned(client, adopting.vouch({ kind: 'imara.release/1', ...release, sequence }));
  await insertRollout(client, { state, service, sequence, now });
  // Approvals name the rollout: under another name they are none.
  const approvals = taken ? [] : believedApprovals(adoption, adopting);
  for (const approval of approvals) await insertApproval(client, approval);
  await setCurrent(client, service, id);
  const { by, having } = adoption;
  const { hash } = release;
  return {
    at: now,
    actor: `instance:${by}`,
    kind: 'release.adopted',
    subject: id,
    data: { hash, release: sequence, undoTo: vouch.undoTo, having: [...having] },
  };
}
