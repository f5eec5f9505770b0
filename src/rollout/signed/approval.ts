import { type Static, Type } from 'typebox';
import { type Signed, signerOf, type TrustedKey, type Verify } from './signed.ts';

/**
 * One person's approval of a release, which is at the same time their approval of the way back: a person who
 * lets N in has let N → N−1 out, in advance. Nobody has to be asked during an outage.
 */
export const ApprovalBody = Type.Object({
  kind: Type.Literal('imara.approval/1'),
  rollout: Type.String(),
  service: Type.String(),
  environment: Type.String(),
  /** Hash of the release N. */
  release: Type.String(),
  /** Hash of N−1; `null`: what the service has built in. */
  undoTo: Type.Union([Type.String(), Type.Null()]),
  person: Type.String(),
  /** Asks for the emergency way: no waiting for a freeze, but a smaller first wave and a shorter lease. */
  breakGlass: Type.Boolean(),
  at: Type.Number(),
  /** The rollout that the person really approved, where this release only switches something off of it. */
  through: Type.Optional(Type.String()),
});
export type Approval = Static<typeof ApprovalBody>;

export type ApprovalsChecked = { ok: true; people: string[] } | { ok: false; cause: string };

/** The part of an approval that must be the same in all of them. */
export type Approved = Pick<
  Approval,
  'rollout' | 'service' | 'environment' | 'release' | 'undoTo' | 'breakGlass'
>;

/**
 * Counts the different people who approved exactly this: with their own key, or by a control plane that saw
 * their token. The author's own approval does not count. Break-glass takes as many people as any change, all
 * of whom asked for it: where one approves beside the author it is signed by two, and where one person is
 * alone an emergency finds them alone.
 */
export function checkApprovals(
  approvals: readonly Signed<Approval>[],
  wanted: Approved & { author: string; people: number },
  keys: readonly TrustedKey[],
  verify: Verify,
): ApprovalsChecked {
  const people = new Set<string>();
  for (const approval of approvals) {
    const { body } = approval;
    const key = signerOf(approval, keys, verify);
    const own = key?.role === 'person' && key.owner === body.person;
    if (!own && key?.role !== 'control') continue;
    if (sameSubject(body, wanted) && body.person !== wanted.author) people.add(body.person);
  }
  if (people.size >= wanted.people) return { ok: true, people: [...people] };
  return { ok: false, cause: `${people.size} of ${wanted.people} approvals by people other than the author` };
}

function sameSubject(a: Approved, b: Approved): boolean {
  return (
    a.rollout === b.rollout &&
    a.service === b.service &&
    a.environment === b.environment &&
    a.release === b.release &&
    a.undoTo === b.undoTo &&
    a.breakGlass === b.breakGlass
  );
}
