import type { Release } from '../../../src/config/release.ts';
import type { Decision } from '../../../src/control/leader/ports.ts';
import type { Command } from '../../../src/control/store/commands.ts';
import type { InstanceRow } from '../../../src/control/store/instances.ts';
import { AFTER_PROOF, type AfterProof } from '../../../src/rollout/alarm/after-proof.ts';
import type { RolloutEffect } from '../../../src/rollout/machine/state.ts';
import type { Approval } from '../../../src/rollout/signed/approval.ts';
import type { Receipt } from '../../../src/rollout/signed/receipt.ts';
import { sign } from '../../../src/rollout/signed/signed.ts';
import { quickPolicy } from '../../../test/control/world.ts';
import { verify } from '../keys.ts';
import { keys, NOW, SERVICE, signer } from './grounds.ts';

/** What tests write into a leader's store. */

export function judgedAs(rollout: string | null): AfterProof {
  return {
    kind: AFTER_PROOF,
    of: { rollout, release: null, hash: null },
    since: NOW,
    comparedUntil: null,
    before: { good: 0, bad: 0 },
    limits: {},
    windows: [],
    risen: {},
    held: {},
    events: [],
    boots: {},
    alarms: [],
    unknown: null,
  } as unknown as AfterProof;
}

export function receiptOf(hash: string, change: Partial<Receipt> = {}) {
  const body: Receipt = {
    kind: 'imara.receipt/1',
    service: SERVICE,
    hash,
    environment: 'testing',
    instance: 'test-1',
    verdict: 'passed',
    payments: 5,
    issuedAt: NOW,
    expiresAt: NOW + 60_000,
    ...change,
  };
  return sign(body, signer);
}

export function approvalOf(rollout: string, release: string, person: string) {
  const body: Approval = {
    kind: 'imara.approval/1',
    rollout,
    service: SERVICE,
    environment: 'production',
    release,
    undoTo: null,
    person,
    breakGlass: false,
    at: NOW,
  };
  return sign(body, signer);
}

export function commandOf(id: string): Command {
  return { id, kind: 'confirm', service: SERVICE, rollout: null, person: 'amina', body: {} };
}

export function heardOf(instance: string, heardAt: number): InstanceRow {
  return {
    service: SERVICE,
    instance,
    environment: 'production',
    cell: 'c',
    phase: 'steady',
    running: null,
    good: null,
    rollout: null,
    vitals: {} as InstanceRow['vitals'],
    heardAt,
  };
}

export function prove(instance: string): RolloutEffect {
  return { type: 'prove', instance };
}

export function adopting(release: Release, rollout: string, undoTo: string | null): Decision['adopting'] {
  const approvals = [approvalOf(rollout, release.hash, 'amina'), approvalOf('r-99', release.hash, 'baraka')];
  const proof = sign(
    { kind: 'imara.proof/1' as const, rollout, hash: release.hash, instance: 'api-1' },
    signer,
  );
  const shown = { type: 'shown' as const, release, vouch: { rollout, undoTo, approvals, proof } };
  return {
    adoption: { shown, by: 'api-1', having: ['api-1'], members: [] },
    vouch: (statement) => sign(statement, signer),
    keys,
    verify,
    policy: quickPolicy,
    now: NOW,
  };
}
