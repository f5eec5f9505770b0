import type { JsonObject } from '../../src/config/canonical.ts';
import { newRelease, type Release } from '../../src/config/release.ts';
import type { Approval } from '../../src/rollout/signed/approval.ts';
import { SERVICE } from '../parts/control/control.ts';

export const START = 1_800_000_000_000;
export const SCHEMA = 'imara.platform/1';
export const AUTHOR = 'wanjiru';
export const APPROVERS = ['amina', 'baraka'] as const;

export function releaseOf(
  sequence: number,
  parent: Release | null,
  content: JsonObject = { auth: { servers: [`http://auth-${sequence}:8100`] } },
): Release {
  return newRelease({
    service: SERVICE,
    schema: SCHEMA,
    sequence,
    content,
    parent: parent?.hash ?? null,
    author: AUTHOR,
    reason: '',
    createdAt: START,
  });
}

export function approvalOf(rollout: string, release: Release, undoTo: Release | null): Approval {
  return {
    kind: 'imara.approval/1',
    rollout,
    service: SERVICE,
    environment: 'production',
    release: release.hash,
    undoTo: undoTo?.hash ?? null,
    person: 'amina',
    breakGlass: false,
    at: START,
  };
}
