import { canonicalJson, plainJson } from '../../config/canonical.ts';
import type { Release } from '../../config/release.ts';
import { streamedText } from '../../rollout/protocol.ts';
import type { Approval } from '../../rollout/signed/approval.ts';
import type { Proof, Renewal } from '../../rollout/signed/lease.ts';
import type { Receipt } from '../../rollout/signed/receipt.ts';
import { type Signed, type Signer, sign } from '../../rollout/signed/signed.ts';
import type { Ordered } from '../store/assignments.ts';
import type { ReleaseStatement } from '../store/releases.ts';

/** What the offers of one rollout have in common. */
export interface OfferedRelease {
  readonly release: Release;
  readonly undoTo: string | null;
  readonly receipts: readonly Signed<Receipt>[];
  readonly approvals: readonly Signed<Approval>[];
}

/**
 * Events for agents' streams, signed and as they stand in the stream. An offer differs from the next only in
 * whom it is for: its large parts are brought into canonical form once, because a wave may be a thousand
 * instances.
 */
export function createSignedEvents(signer: Signer) {
  const canonical = new WeakMap<object, string>();
  const once = (value: object): string => {
    const known = canonical.get(value);
    if (known !== undefined) return known;
    const text = canonicalJson(plainJson(value));
    canonical.set(value, text);
    return text;
  };

  /** The event that an assignment amounts to. `offered` is needed for an offer alone. */
  function assignmentText(assignment: Ordered, offered: OfferedRelease | undefined): string | undefined {
    const { order, rollout, hash, instance } = assignment;
    switch (assignment.action) {
      case 'offer':
        return offered === undefined ? undefined : offerText(assignment, offered);
      case 'proof': {
        const proof: Proof = { kind: 'imara.proof/1', rollout, hash, instance };
        return eventText('proof', `"proof":${JSON.stringify(sign(proof, signer))}`, order);
      }
      case 'undo':
        return undoText({ rollout, from: hash, to: assignment.undoTo }, order);
      default:
        return assignment.action satisfies never;
    }
  }

  function offerText(assignment: Ordered, offered: OfferedRelease): string {
    const { order, rollout, instance, environment, leaseMs, breakGlass, attempt } = assignment;
    const approvals = environment === 'testing' ? NO_PROOF : offered.approvals;
    const receipts = environment === 'testing' ? NO_PROOF : offered.receipts;
    // The keys in canonical order, so that what is signed is what is sent.
    const body = `{"approvals":${once(approvals)},${attempt === 1 ? '' : `"attempt":${attempt},`}"breakGlass":${breakGlass},"environment":${text(environment)},\
"instance":${text(instance)},"kind":"imara.offer/1","leaseMs":${leaseMs ?? 0},"order":${order},\
"receipts":${once(receipts)},"release":${once(offered.release)},"rollout":${text(rollout)},\
"undoTo":${text(offered.undoTo)}}`;
    const signature = signer.sign(new TextEncoder().encode(body));
    const envelope = `{"body":${body},"key":${text(signer.key)},"signature":${text(signature)}}`;
    return eventText('offer', `"envelope":${envelope}`, order);
  }

  return {
    assignmentText,
    renewalText(renewal: Omit<Renewal, 'kind'>): string {
      const signed = sign({ kind: 'imara.renewal/1' as const, ...renewal }, signer);
      return eventText('renewal', `"renewal":${JSON.stringify(signed)}`);
    },
    undoText,
    showText: (hash: string) => eventText('show', `"hash":${text(hash)}`),
    vouch: (release: ReleaseStatement): Signed<ReleaseStatement> => sign(release, signer),
    approve(approval: Omit<Approval, 'kind'>): Signed<Approval> {
      return sign({ kind: 'imara.approval/1' as const, ...approval }, signer);
    },
  };
}

export type SignedEvents = ReturnType<typeof createSignedEvents>;

const NO_PROOF: readonly never[] = [];

/** R6: unsigned, and without an order where there was no store to give one. */
function undoText(undo: { rollout: string | null; from: string; to: string | null }, order?: number): string {
  const { rollout, from, to } = undo;
  return eventText('undo', `"rollout":${text(rollout)},"from":${text(from)},"to":${text(to)}`, order);
}

function eventText(type: string, rest: string, id?: number): string {
  return streamedText(type, `{"type":"${type}",${rest}}`, id);
}

function text(value: string | null): string {
  return JSON.stringify(value);
}
