import type { Queryable } from '../../platform/database/database.ts';
import type { Approval } from '../../rollout/signed/approval.ts';
import type { Receipt } from '../../rollout/signed/receipt.ts';
import type { Signed } from '../../rollout/signed/signed.ts';

/** The signed statements that an offer carries: receipts of testing instances, and people's approvals. */

/** Of each, an offer carries no more than this. */
const MOST_RECEIPTS = 64;

/** `receipts` whose signatures were checked. The same one twice is written once. */
export async function insertReceipts(client: Queryable, receipts: readonly Signed<Receipt>[]): Promise<void> {
  if (receipts.length === 0) return;
  const bodies = receipts.map(({ body }) => body);
  await client.query({
    name: 'control_insert_receipts',
    text: `insert into control.receipt
        (id, service, hash, environment, instance, verdict, issued_at, expires_at, signed)
      select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::timestamptz[], $8::timestamptz[], $9::json[])
      on conflict (id) do nothing`,
    values: [
      receipts.map(({ signature }) => signature),
      bodies.map(({ service }) => service),
      bodies.map(({ hash }) => hash),
      bodies.map(({ environment }) => environment),
      bodies.map(({ instance }) => instance),
      bodies.map(({ verdict }) => verdict),
      bodies.map(({ issuedAt }) => new Date(issuedAt)),
      bodies.map(({ expiresAt }) => new Date(expiresAt)),
      receipts.map((receipt) => JSON.stringify(receipt)),
    ],
  });
}

/** The latest of each testing instance for this content that still count. */
export async function validReceipts(
  client: Queryable,
  service: string,
  hash: string,
  now: number,
): Promise<Signed<Receipt>[]> {
  const { rows } = await client.query<{ signed: Signed<Receipt> }>({
    name: 'control_valid_receipts',
    text: `select distinct on (instance) signed from control.receipt
      where service = $1 and hash = $2 and expires_at > $3 order by instance, issued_at desc limit $4`,
    values: [service, hash, new Date(now), MOST_RECEIPTS],
  });
  return rows.map(({ signed }) => signed);
}

export async function insertApproval(client: Queryable, approval: Signed<Approval>): Promise<void> {
  const { rollout, person, breakGlass, at } = approval.body;
  await client.query({
    name: 'control_insert_approval',
    text: `insert into control.approval (rollout, person, break_glass, at, signed) values ($1, $2, $3, $4, $5)
      on conflict do nothing`,
    values: [rollout, person, breakGlass, new Date(at), JSON.stringify(approval)],
  });
}

export async function approvalsOf(client: Queryable, rollout: string): Promise<Signed<Approval>[]> {
  const { rows } = await client.query<{ signed: Signed<Approval> }>({
    name: 'control_approvals_of',
    text: 'select signed from control.approval where rollout = $1 order by at, person',
    values: [rollout],
  });
  return rows.map(({ signed }) => signed);
}
