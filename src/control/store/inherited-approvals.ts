import type { Release } from '../../config/release.ts';
import type { DatabaseClient } from '../../platform/database/database.ts';
import type { Approval } from '../../rollout/signed/approval.ts';
import { type Signed, type Signer, sign } from '../../rollout/signed/signed.ts';
import { PRODUCTION } from '../leader/turn/events.ts';
import { insertApproval } from './proofs.ts';

/**
 * A switch asks nobody. An instance that comes later, with another release than the one the switch was pulled
 * from, sees more in it than a switch, and wants the approvals of a change (R2). Who stood behind that
 * release, its author and those who approved it, stand behind it without what is switched off: control says
 * so in their names, and names the rollout that they really approved.
 */
export function approvalsThrough(
  base: { author: string; approvals: readonly Signed<Approval>[] },
  switched: Pick<Approval, 'rollout' | 'service' | 'release' | 'undoTo'>,
  { signer, now }: { signer: Signer; now: number },
): Signed<Approval>[] {
  const [last] = base.approvals;
  if (last === undefined) return [];
  const people = new Set([base.author, ...base.approvals.map(({ body }) => body.person)]);
  return [...people].map((person) =>
    sign(
      {
        kind: 'imara.approval/1',
        ...switched,
        environment: PRODUCTION,
        person,
        breakGlass: false,
        at: now,
        through: last.body.through ?? last.body.rollout,
      },
      signer,
    ),
  );
}

/** Writes them, for a switch that was pulled from `base`. */
export async function insertApprovalsThrough(
  client: DatabaseClient,
  base: Release,
  switched: Parameters<typeof approvalsThrough>[1],
  by: Parameters<typeof approvalsThrough>[2],
): Promise<void> {
  const { rows } = await client.query<{ signed: Signed<Approval> }>({
    name: 'control_approvals_of_release',
    text: `select signed from control.approval join control.rollout on control.rollout.id = control.approval.rollout
      where service = $1 and sequence = $2`,
    values: [base.service, base.sequence],
  });
  const approvals = rows.map(({ signed }) => signed);
  for (const approval of approvalsThrough({ author: base.author, approvals }, switched, by))
    await insertApproval(client, approval);
}
