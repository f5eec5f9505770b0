import type { Database } from '../../platform/database/database.ts';
import { notPaid } from '../payments/find.ts';

/**
 * How far something is that was taken and has moved no money. The words are a community's; when each
 * is answered is a default taken.
 *   Initiated   nobody has agreed to it yet: it waits for a phone, a merchant, or its turn
 *   Authorized  the PIN or the credential was right: the books alone decide now
 *   Cancelled   the customer said no, or a merchant that did not answer its validation meant no
 *   Expired     nobody answered in time
 *   Declined    a rule, the books or the merchant refused it
 */
export type UnmovedStatus = 'Initiated' | 'Authorized' | 'Cancelled' | 'Expired' | 'Declined';

export interface Unmoved {
  readonly conversationId: string;
  readonly originatorConversationId: string;
  readonly receipt: string | null;
  /** MSISDN or short code. */
  readonly debit: string;
  readonly credit: string;
  readonly amountCents: bigint;
  readonly initiatedAt: Date;
  /** `null`: it is open. */
  readonly finalisedAt: Date | null;
  readonly status: UnmovedStatus;
}

/** Of a code: the customer cancelled, a validation was not answered; nobody was reached, it came too late. */
const ended = (code: string) => `case when ${code} in ('1032', 'C2B00099') then 'Cancelled'
  when ${code} in ('1037', '1019') then 'Expired' else 'Declined' end`;

/**
 * By a ConversationID (of a push its CheckoutRequestID), by the OriginatorConversationID of a request of
 * `shortCode`, or by a receipt that was drawn for what was refused. `undefined`: there is none.
 */
export async function findUnmoved(
  database: Database,
  named: string,
  shortCode: string,
): Promise<Unmoved | undefined> {
  const { rows } = await database.query<Unmoved>({
    name: 'mpesa_unmoved',
    text: `
      select checkout_request_id as "conversationId", merchant_request_id as "originatorConversationId",
        null::text as receipt, msisdn as debit, party_b as credit, amount_cents as "amountCents",
        accepted_at as "initiatedAt", resolved_at as "finalisedAt",
        case when result_code is not null then ${ended(`result_code #>> '{}'`)}
          when state = 'answered' then 'Authorized' else 'Initiated' end as status
      from mpesa.stk_push where checkout_request_id = $1
      union all
      select conversation_id, originator_conversation_id, receipt, short_code,
        coalesce(details ->> 'PartyB', details ->> 'partyB', details ->> 'msisdn', ''),
        coalesce((details ->> 'amountCents')::bigint, (details ->> 'Amount')::numeric::bigint * 100), accepted_at, ended_at,
        case when state = 'paying' then 'Authorized' when state = 'expired' then 'Expired'
          when result_code is null then 'Initiated' else ${ended(`result_code #>> '{}'`)} end
      from mpesa.request
      where (conversation_id = $1 or (short_code = $2 and originator_conversation_id = $1))
        and (details ? 'amountCents' or details ? 'Amount')
      union all
      select conversation_id, originator_conversation_id, receipt, msisdn, payee, amount_cents, accepted_at, resolved_at,
        case when result_code is not null then ${ended(`result_code #>> '{}'`)}
          when state = 'paying' then 'Authorized' else 'Initiated' end
      from mpesa.payment where conversation_id = $1 or ${notPaid('$1')}
      limit 1`,
    values: [named, shortCode],
  });
  return rows[0];
}
