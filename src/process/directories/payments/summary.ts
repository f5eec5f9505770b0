import type { PaymentView } from '../../../control/contract/resources/directories/payments.ts';
import type { PaymentQuery } from '../../../control/directories/payments.ts';
import { SYNTHETIC_SHORT_CODE } from '../../../mpesa/parties/synthetic.ts';
import { decimal } from '../../../mpesa/results/text.ts';
import type { Queryable } from '../../../platform/database/database.ts';

/** Whatever the product is: a row of one of the three tables that requests are kept in. */
export interface TakenRow {
  id: string;
  product: string;
  reference: string;
  originator: string;
  state: PaymentView['state'];
  at: Date;
  endedAt: Date | null;
  party: string | null;
  shortCode: string | null;
  amountCents: bigint | null;
  account: string | null;
  receipt: string | null;
  result: string | null;
  resultText: string | null;
}

const stateOf = (ended: string, code: string) =>
  `case when not (${ended}) then 'open' when ${code} = '0' then 'done' else 'failed' end`;

/**
 * The three as one. A condition on a column of the whole reaches each part. Ids are times (UUIDv7), so the
 * newest are the end of each key.
 */
export const parts = {
  push: `select id, 'stk' as product, checkout_request_id as reference, merchant_request_id as originator,
      ${stateOf(`state = 'resolved'`, `result_code #>> '{}'`)} as state, accepted_at as at, resolved_at as "endedAt",
      msisdn as party, short_code as "shortCode", amount_cents as "amountCents", account_reference as account,
      case when result_code = '0' then receipt end as receipt, result_code #>> '{}' as result, result_desc as "resultText"
    from mpesa.stk_push`,
  request: `select id, product, conversation_id as reference, originator_conversation_id as originator,
      ${stateOf(`state in ('resolved', 'expired')`, `coalesce(result_code #>> '{}', 'timeout')`)} as state,
      accepted_at as at, ended_at as "endedAt",
      substring(coalesce(details ->> 'PartyB', details ->> 'partyB', details ->> 'msisdn') from '^254[17][0-9]{8}$') as party,
      short_code as "shortCode",
      coalesce((details ->> 'amountCents')::bigint, (details ->> 'Amount')::numeric::bigint * 100) as "amountCents",
      coalesce(details ->> 'AccountReference', details ->> 'reference') as account, receipt,
      result_code #>> '{}' as result,
      case state when 'expired' then 'told to QueueTimeOutURL' else result_desc end as "resultText"
    from mpesa.request`,
  payment: `select id, kind as product, conversation_id as reference, originator_conversation_id as originator,
      ${stateOf(`state = 'resolved'`, `result_code #>> '{}'`)} as state, accepted_at as at, resolved_at as "endedAt",
      msisdn as party, payee as "shortCode", amount_cents as "amountCents", account_reference as account,
      case when result_code = '0' then receipt end as receipt, result_code #>> '{}' as result, result_desc as "resultText"
    from mpesa.payment`,
} as const;

export type Part = keyof typeof parts;

export function inText({ at, endedAt, amountCents, originator: _, ...row }: TakenRow): PaymentView {
  return {
    ...row,
    at: at.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    amount: amountCents === null ? null : decimal(amountCents),
  };
}

/** The least id that is made at that moment. */
export function idAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** Nothing is open for longer. */
const LONGEST_OPEN_MS = 86_400_000;
const conditions = `($1::text is null or state = $1) and ($2::text is null or party = $2)
  and ($3::text is null or "shortCode" = $3) and ($4::text is null or product = $4)
  and ($5::bigint is null or "amountCents" between $5 and $6)
  and ($7::boolean or "shortCode" is distinct from '${SYNTHETIC_SHORT_CODE}')`;

function valuesOf({ state, phone, shortCode, product, amount, synthetic }: PaymentQuery): unknown[] {
  const [from, to = from] = amount?.split('-').map((shillings) => BigInt(shillings) * 100n) ?? [];
  return [
    state ?? null,
    phone ?? null,
    shortCode ?? null,
    product ?? null,
    from ?? null,
    to ?? null,
    synthetic,
  ];
}

export async function listTaken(client: Queryable, query: PaymentQuery): Promise<TakenRow[]> {
  const since = query.since === undefined ? 0 : Date.parse(query.since);
  const each = Object.values(parts).map(
    (part) => `(select * from (${part}) part where id >= $8 and ${conditions} order by id desc limit $9)`,
  );
  const { rows } = await client.query<TakenRow>(
    `${each.join(' union all ')} order by at desc, id desc limit $9`,
    [...valuesOf(query), idAt(since), query.limit],
  );
  return rows;
}

export async function changedSince(
  client: Queryable,
  query: PaymentQuery & { after: Date },
): Promise<TakenRow[]> {
  const { after, limit } = query;
  const each = Object.values(parts).map(
    (part) =>
      `(select * from (${part}) part where id >= $8 and (at >= $9 or "endedAt" >= $9) and ${conditions} order by id limit $10)`,
  );
  const { rows } = await client.query<TakenRow>(
    `select * from (${each.join(' union all ')}) taken order by coalesce("endedAt", at), id limit $10`,
    [...valuesOf(query), idAt(after.getTime() - LONGEST_OPEN_MS), after, limit],
  );
  return rows;
}

/** By one condition on its table; the newest. */
export async function takenBy(
  client: Queryable,
  part: Part,
  condition: string,
  value: string,
): Promise<TakenRow | undefined> {
  const { rows } = await client.query<TakenRow>(
    `select * from (${parts[part]} where ${condition} order by id desc limit 1) found`,
    [value],
  );
  return rows[0];
}
