import { newRelease } from '../../config/release.ts';
import type { Approval } from '../signed/approval.ts';
import type { Envelope, Offer, Terms } from '../signed/envelope.ts';
import type { Receipt } from '../signed/receipt.ts';
import { newKeyPair, signerEd25519 } from '../signed/signature.ts';
import { type Signed, type Signer, sign, type TrustedKey } from '../signed/signed.ts';

/** Everybody who signs in the tests, with real keys. `mallory` holds a key that nobody trusts. */
export const NOW = 1_800_000_000_000;

function party(
  owner: string,
  role: TrustedKey['role'],
  environment?: string,
): TrustedKey & { signer: Signer } {
  const { publicKey, privateKey } = newKeyPair();
  const id = `key-of-${owner}`;
  return {
    id,
    publicKey,
    role,
    owner,
    ...(environment === undefined ? {} : { environment }),
    signer: signerEd25519(id, privateKey),
  };
}

export const parties = {
  control: party('control', 'control'),
  amina: party('amina', 'person'),
  baraka: party('baraka', 'person'),
  wanjiru: party('wanjiru', 'person'),
  test1: party('test-1', 'instance', 'testing'),
  test2: party('test-2', 'instance', 'testing'),
  api1: party('api-1', 'instance', 'production'),
  mallory: party('mallory', 'control'),
};
export type Party = keyof typeof parties;

export const release = newRelease({
  service: 'platform',
  schema: 'imara.platform/1',
  sequence: 7,
  content: { auth: { servers: ['http://auth:8100'] } },
  parent: 'sha256:six',
  author: 'wanjiru',
  reason: 'move the authentication servers',
  createdAt: NOW - 60_000,
});

export const terms: Terms = {
  instance: 'api-1',
  service: 'platform',
  environment: 'production',
  schemas: ['imara.platform/1'],
  keys: Object.entries(parties)
    .filter(([name]) => name !== 'mallory')
    .map(([, { signer: _, ...key }]) => key),
  receipts: { environment: 'testing', count: 1 },
  people: 1,
  maxLeaseMs: 60_000,
  maxBreakGlassLeaseMs: 5_000,
  clockSkewMs: 5_000,
};

export function receipt(by: Party, change: Partial<Receipt> = {}): Signed<Receipt> {
  const body: Receipt = {
    kind: 'imara.receipt/1',
    service: release.service,
    hash: release.hash,
    environment: parties[by].environment ?? 'testing',
    instance: parties[by].owner,
    verdict: 'passed',
    payments: 20,
    issuedAt: NOW - 1_000,
    expiresAt: NOW + 3_600_000,
    ...change,
  };
  return sign(body, parties[by].signer);
}

export function approval(by: Party, change: Partial<Approval> = {}): Signed<Approval> {
  const body: Approval = {
    kind: 'imara.approval/1',
    rollout: 'r-1',
    service: release.service,
    environment: 'production',
    release: release.hash,
    undoTo: 'sha256:six',
    person: parties[by].owner,
    breakGlass: false,
    at: NOW - 500,
    ...change,
  };
  return sign(body, parties[by].signer);
}

export function envelope(change: Partial<Offer> = {}, by: Party = 'control'): Envelope {
  const body: Offer = {
    kind: 'imara.offer/1',
    order: 1,
    rollout: 'r-1',
    instance: 'api-1',
    environment: 'production',
    release,
    undoTo: 'sha256:six',
    leaseMs: 10_000,
    breakGlass: false,
    receipts: [receipt('test1')],
    approvals: [approval('amina')],
    ...change,
  };
  return sign(body, parties[by].signer);
}
