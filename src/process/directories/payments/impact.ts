import type { ImpactView } from '../../../control/contract/resources/directories/payments.ts';
import { SYNTHETIC_SHORT_CODE } from '../../../mpesa/parties/synthetic.ts';
import type { Queryable } from '../../../platform/database/database.ts';
import { idAt, parts } from './summary.ts';

/** The id of a request is made before it is written that it was taken; clocks of machines differ. */
const AROUND_MS = 60_000;

const taken = Object.values(parts)
  .map(
    (part) =>
      `select state, "shortCode", "amountCents" from (${part}) part
       where id >= $1 and id < $2 and at >= $3 and at < $4
         and "amountCents" is not null and "shortCode" is distinct from '${SYNTHETIC_SHORT_CODE}'`,
  )
  .join(' union all ');

/** Reads the stretch of each table's key, whose ids are times, and no more. */
export const IMPACT = `select count(*) filter (where state = 'failed')::integer as "failedPayments",
    coalesce(sum("amountCents") filter (where state = 'failed'), 0)::text as "amountCents",
    count(distinct "shortCode") filter (where state = 'failed' and "shortCode" ~ '^[0-9]{5,7}$')::integer as merchants,
    count(*) filter (where state = 'open')::integer as "openPayments"
  from (${taken}) taken`;

/** Of what was taken at `from` or later, and before `to`. */
export async function impactOf(
  client: Queryable,
  { from, to }: { from: Date; to: Date },
): Promise<ImpactView> {
  const ids = [idAt(from.getTime() - AROUND_MS), idAt(to.getTime() + AROUND_MS)];
  const { rows } = await client.query<ImpactView>(IMPACT, [...ids, from, to]);
  const [found] = rows;
  if (found === undefined) throw new Error('a count of no rows is a row');
  return found;
}
