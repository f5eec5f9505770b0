import type { Queryable } from '../../../platform/database/database.ts';
import type { EndedRequest } from '../types.ts';
import { requests } from './rows.ts';

/** `accepted → prompted`: their phones have until `until`. What was answered or ended meanwhile stays. */
export async function markPrompted(
  database: Queryable,
  prompted: readonly { id: string; until: Date }[],
  now: Date,
): Promise<void> {
  await database.query({
    name: 'request_mark_prompted',
    text: `update mpesa.request request set state = 'prompted', prompted_at = $3, expires_at = prompted.until,
        claimed_until = null, security_credential = null
      from unnest($1::uuid[], $2::timestamptz[]) as prompted (id, until)
      where request.id = prompted.id and request.state = 'accepted'`,
    values: [prompted.map(({ id }) => id), prompted.map(({ until }) => until), now],
  });
}

/** Of these requests, those whose phone's answer is still to be dealt with. */
export async function selectAsked(
  database: Queryable,
  product: string,
  ids: readonly string[],
): Promise<EndedRequest[]> {
  const { rows } = await database.query<EndedRequest>({
    name: 'request_select_asked',
    text: `select ${requests.columns} from mpesa.request request
      where id = any($2) and product = $1 and state in ('accepted', 'prompted')`,
    values: [product, ids],
  });
  return rows;
}

/** Requests whose phone has not answered in its time, and whose gateway has not reported that. */
export async function selectUnanswered(
  database: Queryable,
  product: string,
  { now, limit }: { now: Date; limit: number },
): Promise<EndedRequest[]> {
  const { rows } = await database.query<EndedRequest>({
    name: 'request_select_unanswered',
    text: `select ${requests.columns} from mpesa.request request
      where product = $1 and ended_at is null and state = 'prompted' and expires_at <= $2 order by expires_at limit $3`,
    values: [product, now, limit],
  });
  return rows;
}

/** When the phone said yes, of those that are about to go on. */
export async function markAnswered(
  database: Queryable,
  answers: readonly { id: string; at: Date }[],
): Promise<void> {
  await database.query({
    name: 'request_mark_answered',
    text: `update mpesa.request request set answered_at = answer.at
      from unnest($1::uuid[], $2::timestamptz[]) as answer (id, at)
      where request.id = answer.id and request.state in ('accepted', 'prompted')`,
    values: [answers.map(({ id }) => id), answers.map(({ at }) => at)],
  });
}
